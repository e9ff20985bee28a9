/** The tour. */

import { count, fixed, percent, shape, value } from '../../page/format.js';
import { after } from './particles.js';

export default {
  start: '둘러보기',
  end: '둘러보기 끝내기',
  back: '이전',
  next: '다음',
  done: '완료',
  opening: '여는 중…',
  /** @param {number} step @param {number} all */
  count: (step, all) => `둘러보기 ${all}단계 중 ${step}단계`,
  lost: '이 단계에 필요한 다른 네트워크를 열지 못했습니다. 이전으로 돌아가 다시 시도하세요.',
  module: {
    title: '입력은 하나, 분기는 여럿',
    /** @param {string[]} lanes @param {number[]} input */
    text: (lanes, input) =>
      `인셉션 모듈(Inception module)입니다. 열 하나가 분기(branch) 하나입니다: ${lanes.join(', ')}. 모든 분기가 같은 ` +
      `${shape(input)} 입력을 서로 다른 크기의 커널로 처리합니다. 각 열을 위에서 아래로 읽으세요.`,
  },
  concat: {
    title: '더하지 않고 이어 붙입니다',
    /** @param {{ label: string, from: number, to: number }[]} parts */
    text(parts) {
      const ranges = parts.map((p) => `${after(p.label, '은/는')} ${p.from}–${p.to - 1}번`).join(', ');
      return (
        `모듈의 출력은 분기들의 출력을 채널 방향으로 차례로 이어 붙인(concat) 것입니다. 채널 번호로 보면 ${ranges}입니다. ` +
        '따라서 모든 채널은 정확히 한 분기에 속합니다.'
      );
    },
  },
  energy: {
    title: '내 사진에 어느 분기가 반응할까요?',
    /** @param {string} label @param {number} share @param {number} channels */
    text: (label, share, channels) =>
      `이 사진에서는 채널의 ${percent(channels)}인 ${label} 분기가 출력 에너지의 ${after(percent(share), '을/를')} ` +
      '차지합니다. 다른 사진을 고르면 이 비율이 달라집니다.',
  },
  reduce: {
    title: '왜 1×1 합성곱을 먼저 할까요?',
    /** @param {number} from @param {number} to */
    text: (from, to) =>
      `큰 커널은 계산 비용이 큽니다. 그래서 ‘5×5’ 분기는 먼저 1×1 합성곱(convolution)으로 입력 채널을 ${from}개에서 ${to}개로 ` +
      '줄인 다음에 큰 커널을 적용합니다.',
    /** @param {number} both @param {number} alone */
    costs: (both, alone) =>
      `두 합성곱의 곱셈-덧셈은 모두 ${count(both)}회입니다. 모든 입력 채널에 큰 커널을 바로 적용하면 ` +
      `${count(alone)}회로, ${fixed(alone / both, 1)}배입니다.`,
  },
  channel: {
    title: '채널 하나, 값 하나',
    /** @param {number} channel @param {number} max */
    text: (channel, max) => `3×3 분기에서 가장 큰 값 ${after(value(max), '은/는')} ${channel}번 채널에 있습니다.`,
    /** @param {number} max @param {string} node */
    most: (max, node) => `이 모듈에서 가장 큰 값 ${after(value(max), '은/는')} ${node}에 있습니다.`,
    how: '맵에 포인터를 올리거나 맵에서 방향키를 누르면 값을 읽고, 사진에서 그 값의 수용 영역(receptive field)을 볼 수 있습니다.',
  },
  offer: {
    title: '잔차는 무엇을 더할까요?',
    text: 'Inception-ResNet의 모듈은 입력을 조금 수정하기만 합니다. 분기들의 출력에 작은 배율을 곱해 입력에 더합니다.',
    cost: '다음 단계에서는 학습하지 않은 무작위 가중치로 Inception-ResNet-v1을 엽니다. 내려받는 것은 없습니다.',
    next: 'Inception-ResNet-v1 열기',
  },
  residual: {
    title: '조금씩 수정하기',
    text:
      '숏컷(shortcut)은 입력을 분기 옆으로 그대로 전달합니다. 이어 붙인 분기 출력은 선형 1×1 합성곱을 거쳐 0.17배로 줄어든 뒤 ' +
      '숏컷에 더해집니다. 이것이 잔차 연결(residual connection)입니다.',
    /** @param {number} share */
    change: (share) =>
      `이 사진에서는 합의 에너지 가운데 ${percent(share)}가 잔차에서, 나머지가 숏컷에서 옵니다. 그래서 이런 블록은 깊게 ` +
      '쌓아도, 학습하기 전에도 입력이 끝까지 전달됩니다.',
    /** @param {string} title */
    back: (title) => `‘완료’를 누르면 둘러보기 전의 ${title} 화면으로 돌아갑니다.`,
  },
};
