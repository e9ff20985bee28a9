/** 채널이 어떤 채널과 이어져 있는가. */

import { percent, shape as sized, value } from '../../page/format.js';

export default {
  circuit: {
    title: '회로',
    button: '회로',
    note:
      '이 채널이 읽는 채널과 이 채널을 읽는 채널을 가중치만으로 보여 줍니다. 사이에 있는 모든 층의 가중치를 배치 정규화의 배율까지 함께 곱했습니다' +
      '(확장 가중치). ReLU는 빼고, 최대 풀링은 평균으로 봅니다. 따라서 여기 보이는 것은 작용할 수 있는 연결이며, 실제로 작용하는지는 사진에 달려 ' +
      '있습니다. 연결 아래 숫자는 연결의 크기, 곧 부호를 뺀 가중치의 합이며, 가중치의 합이 0보다 작으면 음수로 적습니다. 채널을 선택하면 그 ' +
      '채널의 회로를 보여 줍니다.',
    computing: '가중치를 곱하는 중입니다.',
    back: '뒤로',
    maps: '특징 맵 보기',
    grow: '없는 그림 만들기',
    /** @param {string} name @param {number} number @param {number} of */
    growing: (name, number, of) => `${name} 그림을 만드는 중(${of}개 중 ${number}번째).`,
    /** @param {string} label */
    inputs: (label) => `이 채널이 읽는 ${label}`,
    /** @param {string} label */
    outputs: (label) => `이 채널을 읽는 ${label}`,
    excitatory: '흥분',
    inhibitory: '억제',
    /** @param {number} channels @param {number[]} shape @param {number[]} stride @param {number} listed @param {number} share */
    how: (channels, shape, [down, across], listed, share) =>
      `커널 ${sized(shape)}${down * across > 1 ? `, 스트라이드 ${down === across ? down : sized([down, across])}` : ''}. ` +
      `전체 ${channels}개 가운데 여기 있는 연결 ${listed}개가 가중치의 ${percent(share)}를 차지합니다.`,
    colours: '가중치:',
    /** @param {string} own @param {string} branch @param {number} sum @param {number} size */
    link: (own, branch, sum, size) =>
      `채널 ${own}${branch ? `, ${branch} 가지` : ''}: 가중치의 합 ${value(sum)}, 부호를 빼면 ${value(size)}`,
    none: '이 채널로 이어지거나 이 채널에서 나가는 가중치가 없습니다.',
    noneOfKind: '없음.',
    /** @param {string} name */
    of: (name) => `${name}의 회로`,
  },
};
