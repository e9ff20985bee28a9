/** One channel, and one value of it. */

import { fixed, shape, value } from '../../page/format.js';

/** A receptive field, or what a window reads. @param {[number, number]} span */
const span = ([from, to]) => (to - from === 1 ? String(from) : `${from}–${to - 1}`);

export default {
  channel: {
    /** @param {number} channel */
    heading: (channel) => `채널 ${channel} `,
    /** @param {string} node @param {number} channel */
    of: (node, channel) => `${node}의 채널 ${channel}`,
    fold: '접기',
    unfold: '펼치기',
    /** @param {number} last */
    number: (last) => `채널 번호, 0부터 ${last}까지`,
    previous: '이전 채널',
    next: '다음 채널',
    overlay: '사진 위에 맵 겹치기',
    /** @param {string} label @param {number} channel */
    inOutput: (label, channel) => `${label} 출력의 채널 ${channel}`,
    /** @param {string} node @param {number} channel */
    map: (node, channel) => `맵: ${node}의 채널 ${channel}`,
    /** @param {number} rows @param {number} columns */
    mapSize: (rows, columns) => `값 ${rows} × ${columns}개, 0부터 셈`,
    /** @param {number} row @param {number} column @param {number} v */
    reading: (row, column, v) => `${row}행 ${column}열: ${value(v)}`,
    /** @param {[number, number]} rows @param {[number, number]} columns */
    receptiveField: (rows, columns) =>
      ` · 수용 영역(receptive field) ${rows[1] - rows[0]} × ${columns[1] - columns[0]} px: ` +
      `${span(rows)}행, ${span(columns)}열`,
    readingHint: '맵에 포인터를 올리면 값이 표시되고, 클릭하면 그 위치에 고정됩니다. 맵을 선택한 뒤 방향키로 옮길 수도 있습니다.',
    views: { values: '값 분포', kernel: '커널', explain: '값 하나' },
    viewsOf: '채널 보기',
    stats: {
      min: '최솟값',
      mean: '평균',
      max: '최댓값',
      zeros: '0의 비율',
      peak: '최댓값 위치',
      nonfinite: 'NaN·무한대',
    },
    /** @param {number} row @param {number} column */
    at: (row, column) => `${row}행 ${column}열`,
    goThere: '이 값 읽기',
    histogram: '높이: 개수의 제곱근',
    /** @param {number} n @param {number} from @param {number} to */
    histogramOf: (n, from, to) => `값 ${fixed(n, 0)}개의 히스토그램, ${value(from)}부터 ${value(to)}까지`,
    savePng: 'PNG 저장',
    saveNpy: 'NPY 저장',
    saveCsv: 'CSV 저장',
  },
  zoom: { title: '확대와 축소', in: '확대', out: '축소' },

  kernel: {
    /** @param {string} node @param {number[]} size @param {number} top @param {boolean} normed batch norm follows */
    of: (node, size, top, normed) =>
      `${node}의 가중치, ${shape(size)}${normed ? ', 배치 정규화 전' : ''}. 가장 큰 값: ±${value(top)}.`,
    picture: '이미지로 표시 (회색이 0)',
    rgb: ['빨강', '초록', '파랑'],
    /** @param {string} name */
    plane: (name) => `${name} 채널의 가중치`,
    none: '이 연산에는 가중치가 없습니다.',
    /** @param {number} n @param {number} all @param {string} input */
    strongest(n, all, input) {
      const which = n === all ? `입력 채널 ${all}개` : `입력 채널 ${all}개 중 가장 강한 ${n}개`;
      return `${input}에서 오는 ${which}: 채널 번호와 노름(norm). 가중치의 합이 음수이면 노름 앞에 −를 붙입니다.`;
    },
    strongestLabel: '가장 강한 입력 채널',
    /** @param {number} channel @param {string} input @param {number} norm */
    input: (channel, input, norm) => `${input}의 채널 ${channel}, 노름 ${value(norm)}`,
    /** @param {number} sum */
    sum: (sum) => `가중치의 합: ${value(sum)}`,
  },

  explain: {
    hint: '맵에서 위치를 클릭하거나 방향키로 고르면 그 값이 계산된 과정을 보여 줍니다.',
    picture: '입력 이미지라서 계산 과정이 없습니다.',
    /** @param {string} node @param {number} channel @param {number} row @param {number} column */
    title: (node, channel, row, column) => `${node} 채널 ${channel}의 ${row}행 ${column}열 값이 계산된 과정`,
    /**
     * @param {import('../../inceptionscope.js').Explanation['kernel']} kind
     * @param {number} n
     * @param {string} input
     * @param {[number, number]} rows
     * @param {[number, number]} columns
     */
    how(kind, n, input, rows, columns) {
      const place = `${input}의 ${span(rows)}행, ${span(columns)}열`;
      const whole = {
        products: `${place}에 대한 곱 ${fixed(n, 0)}개의 합`,
        products_after_relu: `${place}에 ReLU를 적용한 뒤 계산한 곱 ${fixed(n, 0)}개의 합`,
        max: `${place}에 있는 값 ${fixed(n, 0)}개의 최댓값`,
        mean: `${place}에 있는 값 ${fixed(n, 0)}개의 평균`,
        copy: `${place}의 값`,
        normalized: `${place}의 값을 이웃한 값들의 노름(norm)으로 나눈 값`,
        softmax: `${place}의 값에 소프트맥스를 적용한 값`,
        picture: `입력 이미지: ${place}`,
      }[kind];
      return `${whole}.`;
    },
    columns: ['채널과 위치(행, 열)', '입력 × 가중치', '결과'],
    /** @param {number} channel @param {number} row @param {number} column */
    place: (channel, row, column) => `${channel} (${row}, ${column})`,
    /** @param {number} channel @param {number} row @param {number} column */
    placeOf: (channel, row, column) => `채널 ${channel}, ${row}행 ${column}열`,
    /** @param {number} n */
    others: (n) => `그 외 ${fixed(n, 0)}개`,
    sum: '합',
    largest: '최댓값',
    shown: '표시된 값',
    relu: 'max(x, 0)',
    stages: {
      bias: '편향(bias)',
      batch_norm: '배치 정규화',
      constant: '고정 배율',
      sum: '잔차 합',
      relu: 'ReLU',
      gain: '끄기 또는 배율',
    },
    where: '윈도 안 각 위치의 기여: 따뜻한 색은 양수, 파란색은 음수입니다',
  },
};
