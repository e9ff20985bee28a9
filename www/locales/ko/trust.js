/** 분기마다 답에 얼마를 보태는가, 그리고 맵을 믿을 수 있는가. */

import { fixed, value } from '../../page/format.js';

export default {
  shareHead: ['모듈', '반대 · 찬성', '합', '편향'],
  /** @param {string} label @param {number} share */
  part: (label, share) => `${label} ${value(share)}`,
  /** @param {string} label */
  showChannels: (label) => `${label}의 채널 보기`,
  /** @param {number} sum @param {number} biases @param {number} whole */
  adds: (sum, biases, whole) => `이 모듈이 보태는 값은 ${value(sum)}이고, 그 뒤의 편향 ${value(biases)}을(를) 더하면 ${value(whole)}입니다.`,
  /** @param {string} label */
  branchesOf: (label) => `${label}의 분기`,
  /** @param {string} label */
  channelsOf: (label) => `${label}의 채널`,
  /** @param {number} channel */
  channel: (channel) => `채널 ${channel}`,
  /** @param {number} count @param {number} plus @param {number} minus @param {number} listed */
  channels: (count, plus, minus, listed) =>
    `채널 ${count}개: 찬성 ${value(plus)}, 반대 ${value(minus)}. 영향이 가장 큰 ${listed}개:`,
  muteEach: '비교: 채널을 하나씩 끄기',
  /** @param {string} label */
  removedOf: (label) => `${label}의 채널을 하나씩 껐을 때 로짓이 떨어지는 정도`,
  /** @param {number} done @param {number} listed */
  removedNote: (done, listed) => `${done}개를 하나씩 껐습니다. 가장 크게 떨어진 ${listed}개:`,
  mark: '막대: 떨어진 정도. 선: 기울기 × 활성화.',
  /** @param {number} correlation */
  ranks: (correlation) =>
    `떨어진 정도와 기울기 × 활성화의 순위 상관은 ${fixed(correlation, 2)}입니다(1: 같은 순서, 0: 관계 없음).`,
  trust: {
    title: '이 맵을 믿을 수 있을까요?',
    points: '곡선의 점 수',
    blank: '없는 픽셀의 값',
    read: '곡선을 가리키거나 화살표 키를 누르세요.',
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
      title: '학습한 내용이 필요한 맵인가요?',
      begin: '가중치를 무작위로 바꾸기',
      head: ['추가로 무작위가 된 모듈', '순위 상관'],
      note:
        '네트워크의 사본에서 헤드부터 모듈 단위로 학습된 가중치를 지웁니다. 거의 변하지 않는 맵은 학습한 내용을 보여 주지 않습니다. ' +
        '변한다고 해서 맵이 옳다는 뜻은 아닙니다.',
      /** @param {{ correlations: (number | null)[] }} found */
      result({ correlations }) {
        const last = correlations.at(-1) ?? NaN;
        return Number.isFinite(last)
          ? `모든 가중치를 지운 뒤에도 이 맵과의 순위 상관은 ${fixed(last, 2)}입니다.`
          : '모든 가중치를 지우면 맵의 값이 어디나 같습니다.';
      },
    },
    deletion: {
      title: '이 픽셀들이 없으면 답도 사라지나요?',
      begin: '픽셀 빼기',
      head: ['뺀 비율', '맵의 순서', '무작위'],
      note:
        '맵에서 값이 큰 픽셀부터 뺍니다. 확률이 빨리 떨어질수록 좋습니다. 네트워크는 이런 사진을 본 적이 없으므로, 사라진 것이 아니라 ' +
        '구멍 때문에 떨어질 수도 있습니다. 무작위로 흩어진 구멍은 큰 구멍 하나보다 더 방해가 되므로, 먼저 맵끼리 비교하십시오.',
      /** @param {{ area?: number | null, randomArea?: number | null }} found */
      result: ({ area, randomArea }) =>
        `곡선 아래 넓이: ${fixed(Number(area), 3)}, 무작위 순서 ${fixed(Number(randomArea), 3)}. 작을수록 좋습니다.`,
    },
    insertion: {
      title: '이 픽셀들만으로 답이 나오나요?',
      begin: '픽셀 넣기',
      head: ['넣은 비율', '맵의 순서', '무작위'],
      note:
        '맵에서 값이 큰 픽셀부터 넣습니다. 확률이 빨리 오를수록 좋습니다. 픽셀이 하나도 없어도 같은 답이 나온다면 알려 주는 것이 거의 없습니다.',
      /** @param {{ area?: number | null, randomArea?: number | null }} found */
      result: ({ area, randomArea }) =>
        `곡선 아래 넓이: ${fixed(Number(area), 3)}, 무작위 순서 ${fixed(Number(randomArea), 3)}. 클수록 좋습니다.`,
    },
  },
};
