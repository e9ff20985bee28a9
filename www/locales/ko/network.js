/** The network, its modules and their ops. */

import { count, fixed, kernel, percent, shape, time, value, window } from '../../page/format.js';
import { after } from './particles.js';

/**
 * @typedef {import('../../page/graph.js').Note} Note
 * @typedef {import('../../page/graph.js').Op} Op
 */

/** Names of modules that are words; those of the papers, such as Reduction-A, stay. @type {[RegExp, string][]} */
const LABELS = [
  [/^Input$/, '입력'],
  [/^Output$/, '출력'],
  [/^Classifier$/, '분류기'],
  [/^Auxiliary head\b/, '보조 분류기'],
  [/^Face embedding$/, '얼굴 임베딩'],
  [/\bstem\b/i, '스템'],
  [/(\S+) beside (\S+)$/, '$1, $2 병렬'],
  [/^(\S+) before the pool$/, '풀링 앞의 $1'],
  [/separable convolutions$/, '분리 합성곱'],
];

export default {
  network: {
    title: '네트워크',
    /** @param {string} paper @param {number} params @param {number} macs @param {number} modules */
    totals: (paper, params, macs, modules) =>
      `${paper}. 모듈 ${fixed(modules, 0)}개, 파라미터 ${count(params)}개, 연산량 ${count(macs)} MAC.`,
    columns: { module: '모듈', output: '출력', params: '파라미터', macs: '연산량(MAC)', time: '시간' },
    /** What waits for its weights, or has none. */
    blank: '–',
    minimap: '미니맵',
    /** @param {string} label */
    goTo: (label) => `${after(label, '으로/로')} 이동`,
    kinds: {
      stem: '스템(stem)',
      inception: '인셉션',
      reduction: '축소(reduction)',
      residual: '잔차',
      chain: '순차',
      head: '분류기',
      auxiliary: '학습용',
    },
    /** @param {string} label */
    thumbnail: (label) => `${label}의 평균 활성값`,
    search: '모듈이나 연산 찾기',
    searchHint: '이름, 크기, 연산',
    nothing: '일치하는 모듈이나 연산이 없습니다. “5×5”, “28×28”, “pool” 등으로 찾아보세요.',
    /** @param {number} n */
    found: (n) => `모듈 ${fixed(n, 0)}개가 일치합니다`,
  },
  times: {
    measure: '모듈별 시간 측정',
    about: '사진을 연산별로 다시 실행해 이 기기에서 모듈과 연산마다 걸리는 시간을 보여 줍니다',
    measuring: '측정 중…',
    /** @param {number} ms @param {number} share */
    of: (ms, share) => `${time(ms, ms < 10 ? 1 : 0)}, ${percent(share)}`,
    /** @param {number} ms */
    sum: (ms) => `모두 ${time(ms)}`,
  },

  module: {
    /** What a module of a network is called, by its name there. @param {string} name */
    label: (name) => LABELS.reduce((label, [pattern, korean]) => label.replace(pattern, korean), name),
    /** @param {string} label */
    branches: (label) => `${label}의 분기`,
    roles: { branch: '분기', shortcut: '숏컷', residual: '잔차 분기' },
    chain: '연산 순서',
    joined: '분기를 합친 뒤',
    concat: '이어 붙인(concat) 출력',
    /** @param {number[]} size */
    concatOf: (size) => `이어 붙인(concat) 출력: ${shape(size)}`,
    /** @param {number} channels */
    concatChannels: (channels) => `이어 붙인 출력, ${channels}채널`,
    /** @param {string} lane @param {number} from @param {number} to @param {number} all */
    part: (lane, from, to, all) => `${lane}: 채널 ${from}–${to - 1}, 전체 ${all}개 중 ${to - from}개`,
    /** @param {number} from @param {number} to */
    range: (from, to) => `${from}–${to - 1}`,
    energy: '출력 에너지의 비율',
    /** @param {string} lane @param {number} share */
    energyOf: (lane, share) => `${lane}: 출력 에너지의 ${percent(share)}`,
    energyNote: '에너지는 모든 값을 제곱하여 더한 것입니다.',
    /** @param {{ label: string, share: number, channels: number }[]} first those with the most @param {number} all */
    verdict(first, all) {
      const shares = first.map(
        ({ label, share, channels }) => `${label}(출력 에너지의 ${percent(share)}, 채널의 ${percent(channels / all)})`,
      );
      return shares.length > 1
        ? `이 사진에서 에너지가 가장 큰 분기들은 거의 비슷합니다: ${shares.join(', ')}.`
        : `이 사진에서 에너지가 가장 큰 분기: ${shares[0]}.`;
    },
    verdictNote:
      '에너지는 모든 값을 제곱하여 더한 것으로, 값이 얼마나 큰지를 나타낼 뿐 답이 그 값에 얼마나 좌우되는지는 나타내지 않습니다. ' +
      '이를 보려면 분기를 하나씩 제거해 보세요.',
    untrained: '무작위 가중치이므로 이 결과에는 의미가 없습니다. 다른 무작위 가중치를 쓰면 결과가 달라집니다.',
    dead: '이 사진에 반응하는 분기가 없습니다. 모든 값이 0입니다.',
  },

  residual: {
    name: '잔차',
    /** @param {number} scale */
    scaled: (scale) => `잔차 × ${fixed(scale, 2)}`,
    energy: '더하는 두 값의 에너지',
    /** @param {string} label @param {number} share */
    share: (label, share) => `${label} ${percent(share)}`,
    /** @param {number} share @param {number} scale */
    verdict(share, scale) {
      const residual = scale === 1 ? '잔차' : `배율 ${after(fixed(scale, 2), '을/를')} 곱한 잔차`;
      return `합의 에너지 중 ${residual}의 비율은 ${percent(share)}, 숏컷의 비율은 ${percent(1 - share)}입니다.`;
    },
    /** @param {string} label */
    summandsOf: (label) => `${label}의 잔차 연결(residual connection)`,
    linear: '선형 1×1',
    sum: '합',
    scaleAndSum: '배율을 곱해 더하기',
    unchanged: '그대로',
    identity: '블록의 입력을 그대로 전달합니다.',
    slider: '잔차 배율',
    papers: '0.1–0.3: Inception-v4 논문',
    all: '모든 블록',
    reset: '초기화',
    /** @param {number} scale */
    resetTo: (scale) => `잔차 배율을 ${after(fixed(scale, 2), '으로/로')} 되돌리기`,
  },

  ops: {
    /** Names of ops are those of the papers and the code. @param {Op} op */
    of(op) {
      /** @type {Record<string, () => string>} */
      const names = {
        input: () => '입력',
        transform_input: () => '입력 변환',
        conv2d: () => `conv ${kernel(op)}`,
        depthwise_conv2d: () => `depthwise ${kernel(op)}`,
        max_pool2d: () => `max pool ${kernel(op)}`,
        avg_pool2d: () => `average pool ${kernel(op)}`,
        adaptive_avg_pool2d: () => `average pool → ${window(op.out ?? [])}`,
        global_avg_pool2d: () => 'global average pool',
        batch_norm: () => 'BN',
        relu: () => 'ReLU',
        add: () => ((op.scale ?? 1) === 1 ? '합' : `합, 배율 ${op.scale}`),
        local_response_norm: () => 'local response norm',
        l2_normalize: () => 'L2 norm',
        concat: () => 'concat',
        linear: () => 'linear',
        softmax: () => 'softmax',
      };
      return names[op.kind]?.() ?? op.kind;
    },
    plus: ' + ',
    validMark: 'V',
    valid: 'V: 패딩 없음(valid)',
    separable: '분리 합성곱(separable convolution): 깊이별(depthwise) 다음 점별(pointwise)',
    everyOp: '모든 연산',
    everyOpHint: '융합된 단계 안의, ReLU 이전 값도 표시합니다',
    /** @param {number} n */
    params: (n) => `파라미터 ${count(n)}개`,
    /** @param {number} n */
    macs: (n) => `${count(n)} MAC`,
    /** @param {number} ms */
    time: (ms) => time(ms, ms >= 10 ? 0 : ms >= 1 ? 1 : 2),
    separator: ' · ',
    free: '파라미터 없음',
    /** What the papers and the published weights say of a node or a module. */
    notes: /** @type {{ [Code in Note['code']]: (value?: number) => string }} */ ({
      dropout: (share = 0) => `학습할 때는 이 앞에 ${percent(share / 100)} 드롭아웃(dropout)이 있습니다.`,
      auxiliary_loss: (weight = 0) => `학습할 때만 쓰이며, 그 손실에 ${after(fixed(weight, 1), '을/를')} 곱해 더합니다.`,
      kernel_3x3_for_5x5: () => '논문에서는 5×5지만 torchvision 가중치에서는 3×3입니다.',
      stride_on_3x3: () => '공개된 가중치에서는 스트라이드(stride)가 여기에 있고, 논문에서는 앞의 1×1에 있습니다.',
      stem_differs: () => '논문의 표 1에는 여기서 첫 모듈까지 3×3이 세 개 있고, 두 번째의 스트라이드가 2입니다.',
      linear_projection: () => '선형: 뒤에 배치 정규화도 ReLU도 없습니다.',
    }),
  },

  view: {
    filter: '표시',
    filters: { '': '모든 채널', mean: '평균 하한', max: '최댓값 하한', zeros: '0의 비율(%) 상한' },
    limit: '기준값',
    /** @param {number} n @param {number} all */
    shown: (n, all) => `${all}개 중 ${n}개`,
    noneShown: '조건에 맞는 채널이 없습니다.',
    colours: '색상',
    scales: { module: '모듈마다 같은 척도', op: '연산마다 같은 척도', map: '맵마다 따로' },
    scaleNotes: {
      module: '이 모듈의 모든 맵이 같은 색상 척도를 씁니다.',
      op: '연산마다 색상 척도가 다르므로 연산끼리 색을 비교할 수 없습니다.',
      map: '맵마다 색상 척도가 다르므로 맵끼리 색을 비교할 수 없습니다.',
    },
    order: '순서',
    orders: { channel: '채널 번호', mean: '평균', max: '최댓값', zeros: '0의 비율' },
    legend: '색상 척도',
    /** @param {number} top @param {number} max */
    clipped: (top, max) =>
      `${value(top)}보다 큰 값은 ${after(value(top), '과/와')} 같은 색으로 보입니다. 최댓값은 ${value(max)}입니다.`,
    nonfinite: 'NaN 또는 무한대',
    ownMaximum: '맵별 최댓값',
    ownMinimum: '−맵별 최댓값',
    /** @param {string} top */
    atLeast: (top) => `≥ ${top}`,
  },

  maps: {
    /** @param {string} node */
    of: (node) => `${node}의 특징 맵(feature map)`,
    /** @param {number} channel @param {number | null} mean */
    tile: (channel, mean) => (mean === null ? `채널 ${channel}` : `채널 ${channel}, 평균 ${value(mean)}`),
    /** @param {number} n */
    showAll: (n) => `${n}개 모두 보기`,
    /** @param {number} n @param {string} node */
    showAllOf: (n, node) => `${n}개 모두 보기: ${node}`,
    showFewer: '간단히 보기',
    /** @param {string} node */
    showFewerOf: (node) => `${node}의 맵 간단히 보기`,
    /** @param {number} max @param {number} mean @param {number} zeros */
    stats: (max, mean, zeros) => `최대 ${value(max)} · 평균 ${value(mean)} · 0인 값 ${percent(zeros)}`,
    /** @param {number} n */
    nonfinite: (n) => ` · NaN 또는 무한대 ${fixed(n, 0)}개`,
  },
};
