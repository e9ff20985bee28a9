/** 채널이 어떤 채널과 이어져 있는가. */

import { percent, shape as sized, value } from '../../page/format.js';

export default {
  circuit: {
    title: '회로',
    button: '회로',
    note:
      '이 채널과 앞뒤 모듈의 채널이 어떻게 이어지는지 가중치만으로 보여 줍니다. 사이에 있는 모든 계층의 가중치를 배치 정규화의 배율까지 함께 ' +
      '곱한 값입니다(확장 가중치, expanded weights). ReLU는 무시하고 최대 풀링은 평균 풀링으로 간주합니다. 따라서 영향을 줄 수 있는 연결을 ' +
      '보여 줄 뿐이며, 실제로 영향을 주는지는 사진에 따라 다릅니다. 연결 아래의 숫자는 가중치 절댓값의 합으로, 가중치의 합이 음수이면 앞에 ' +
      '−를 붙입니다. 채널을 선택하면 그 채널의 회로를 보여 줍니다.',
    computing: '가중치를 곱하는 중입니다.',
    back: '뒤로',
    maps: '특징 맵 보기',
    grow: '아직 없는 그림 만들기',
    /** @param {string} name @param {number} number @param {number} of */
    growing: (name, number, of) => `${name}의 그림을 만드는 중입니다(${of}개 중 ${number}번째).`,
    /** @param {string} label */
    inputs: (label) => `입력으로 받는 채널: ${label}`,
    /** @param {string} label */
    outputs: (label) => `출력을 보내는 채널: ${label}`,
    excitatory: '흥분',
    inhibitory: '억제',
    /** @param {number} channels @param {number[]} shape @param {number[]} stride @param {number} listed @param {number} share */
    how: (channels, shape, [down, across], listed, share) =>
      `커널 ${sized(shape)}${down * across > 1 ? `, 스트라이드 ${down === across ? down : sized([down, across])}` : ''}. ` +
      `전체 ${channels}개 가운데 여기 표시한 연결 ${listed}개가 가중치의 ${percent(share)}를 차지합니다.`,
    colours: '가중치:',
    /** @param {string} own @param {string} branch @param {number} sum @param {number} size */
    link: (own, branch, sum, size) =>
      `채널 ${own}${branch ? `, ${branch} 분기` : ''}: 가중치의 합 ${value(sum)}, 절댓값의 합 ${value(size)}`,
    none: '이 채널로 이어지거나 이 채널에서 나가는 가중치가 없습니다.',
    noneOfKind: '없음.',
    /** @param {string} name */
    of: (name) => `${name}의 회로`,
  },

  kernels: {
    title: '계층의 커널',
    button: '이 계층의 커널 모두 보기',
    note:
      '사각형 하나가 채널 하나의 커널이고, 사각형 안의 픽셀 하나가 커널의 한 위치입니다. 각 위치에는 모든 입력 채널에 대한 가중치가 있습니다. ' +
      '색은 계층 전체의 가중치에서 구한 처음 세 주성분을 나타내며, 회색이 0입니다. 색이 같은 위치는 입력 채널을 같은 조합으로 읽습니다. ' +
      '전역 평균 풀링으로 끝나는 네트워크의 마지막 계층에는 가로 띠가 자주 나타납니다(가중치 밴딩, weight banding). 같은 행의 위치끼리는 비슷하고 ' +
      '행마다 다르다는 뜻입니다. 커널을 선택하면 그 채널의 맵을 보여 줍니다.',
    untrained: '가중치가 무작위 값입니다. 이웃한 위치 사이에 공통점이 없습니다.',
    /** @param {number} n @param {number} of */
    reading: (n, of) => `커널을 읽는 중입니다(${of}개 중 ${n}번째).`,
    /** @param {string} node @param {number} count @param {number[]} size */
    of: (node, count, [channels, ...size]) => `${node}: ${sized(size)} 커널 ${count}개, 입력 채널 ${channels}개`,
    /** @param {number} row @param {number} column */
    alike: (row, column) => {
      const parts = [['행', row], ['열', column]].filter(([, found]) => Number.isFinite(found));
      const said = parts.map(([name, found]) => `같은 ${name} 안에서 ${value(Number(found))}`);
      return `이웃한 위치의 평균 코사인 유사도: ${said.join(', ')}.`;
    },
    /** @param {number} share */
    share: (share) => `세 가지 색이 가중치 제곱합의 ${percent(share)}를 나타냅니다.`,
    /** @param {number} channel */
    channel: (channel) => `채널 ${channel}의 커널`,
  },
};
