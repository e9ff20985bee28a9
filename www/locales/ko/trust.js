/** 분기가 예측에 얼마나 기여하는가, 그리고 맵을 믿을 수 있는가. */

import { fixed, value } from '../../page/format.js';
import { after } from './particles.js';

export default {
  shareHead: ['모듈', '음 · 양의 기여', '합', '편향'],
  /** @param {string} label @param {number} share */
  part: (label, share) => `${label} ${value(share)}`,
  /** @param {string} label */
  showChannels: (label) => `${label}의 채널 보기`,
  /** @param {number} sum @param {number} biases @param {number} whole */
  adds: (sum, biases, whole) =>
    `이 모듈의 기여는 모두 ${value(sum)}이며, 그 뒤의 편향 ${after(value(biases), '을/를')} 더하면 ${value(whole)}입니다.`,
  /** @param {string} label */
  branchesOf: (label) => `${label}의 분기`,
  /** @param {string} label */
  channelsOf: (label) => `${label}의 채널`,
  /** @param {number} channel */
  channel: (channel) => `채널 ${channel}`,
  /** @param {number} count @param {number} plus @param {number} minus @param {number} listed */
  channels: (count, plus, minus, listed) =>
    `채널 ${count}개: 양의 기여 ${value(plus)}, 음의 기여 ${value(minus)}. 기여가 가장 큰 ${listed}개:`,
  muteEach: '비교: 채널을 하나씩 끄기',
  /** @param {string} label */
  removedOf: (label) => `${label}의 채널을 하나씩 껐을 때 로짓이 떨어지는 값`,
  /** @param {number} done @param {number} listed */
  removedNote: (done, listed) => `${done}개를 하나씩 껐습니다. 가장 크게 떨어진 ${listed}개:`,
  mark: '막대: 떨어진 값. 선: 기울기 × 활성값.',
  /** @param {number} correlation */
  ranks: (correlation) =>
    `떨어진 값과 기울기 × 활성값의 순위 상관계수는 ${fixed(correlation, 2)}입니다(1: 같은 순서, 0: 관계 없음).`,
  trust: {
    title: '이 맵을 믿을 수 있을까요?',
    points: '곡선의 점 수',
    blank: '뺀 픽셀에 채울 값',
    read: '곡선에 포인터를 올리거나 방향키를 누르세요.',
    unknown: '아직 모름',
    /** @param {string[]} cells */
    at: (cells) => cells.join(' · '),
    numbers: '수치',
    /** @param {string} title @param {string} kind */
    saveAs: (title, kind) => `${title} ${kind}로 저장`,
    whole: '없음',
    byMap: '맵의 순서로',
    atRandom: '무작위 순서로',
    randomisation: {
      title: '학습한 가중치에 따라 달라지나요?',
      begin: '가중치를 무작위로 바꾸기',
      head: ['추가로 무작위화한 모듈', '순위 상관계수'],
      note:
        '네트워크의 사본에서 분류기부터 앞쪽으로, 모듈마다 가중치를 무작위로 바꿉니다. 그래도 거의 변하지 않는 맵은 학습한 내용을 보여 주는 ' +
        '맵이 아닙니다. 반대로 변한다고 해서 맵이 옳다는 뜻은 아닙니다.',
      /** @param {{ correlations: (number | null)[] }} found */
      result({ correlations }) {
        const last = correlations.at(-1) ?? NaN;
        return Number.isFinite(last)
          ? `모든 가중치를 무작위로 바꾼 뒤, 이 맵과의 순위 상관계수는 ${fixed(last, 2)}입니다.`
          : '모든 가중치를 무작위로 바꾸면 맵의 값이 모두 같아집니다.';
      },
    },
    deletion: {
      title: '이 픽셀들을 빼면 확률이 떨어지나요?',
      begin: '픽셀 빼기',
      head: ['뺀 비율', '맵의 순서', '무작위'],
      note:
        '맵에서 값이 큰 픽셀부터 뺍니다. 확률이 빨리 떨어질수록 좋은 맵입니다. 다만 네트워크는 이런 사진을 본 적이 없으므로, 빠진 내용이 ' +
        '아니라 구멍 때문에 확률이 떨어질 수도 있습니다. 무작위로 흩어진 구멍은 큰 구멍 하나보다 더 방해가 되므로, 맵끼리 먼저 비교하세요.',
      /** @param {{ area?: number | null, randomArea?: number | null }} found */
      result: ({ area, randomArea }) =>
        `곡선 아래 넓이: ${fixed(Number(area), 3)}, 무작위 순서 ${fixed(Number(randomArea), 3)}. 작을수록 좋습니다.`,
    },
    insertion: {
      title: '이 픽셀들만으로 확률이 오르나요?',
      begin: '픽셀 넣기',
      head: ['넣은 비율', '맵의 순서', '무작위'],
      note:
        '맵에서 값이 큰 픽셀부터 넣습니다. 확률이 빨리 오를수록 좋은 맵입니다. 픽셀이 하나도 없을 때의 예측이 같다면 이 곡선으로 알 수 있는 것은 거의 없습니다.',
      /** @param {{ area?: number | null, randomArea?: number | null }} found */
      result: ({ area, randomArea }) =>
        `곡선 아래 넓이: ${fixed(Number(area), 3)}, 무작위 순서 ${fixed(Number(randomArea), 3)}. 클수록 좋습니다.`,
    },
  },
};
