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
};
