/** The network as a figure. */

import { list, shape } from '../../page/format.js';

export default {
  figure: {
    views: { label: '보기', figure: '구조도', list: '목록' },
    kinds: { label: '맵', strongest: '가장 강한 맵', mean: '평균 맵' },
    /** What the maps of a figure are: of each kind. */
    about: {
      strongest: '연산마다 에너지가 가장 큰 맵이며, 색상 척도는 맵마다 다릅니다',
      mean: '연산마다 모든 맵의 평균이며, 색상 척도는 맵마다 다릅니다',
    },
    /** @param {string} network */
    of: (network) => `${network} 구조도`,
    keys: '방향키로 모듈과 연산 사이를 이동하고, Enter로 열고, +와 −로 확대·축소하고, 0으로 전체를 봅니다.',
    touch: '두 손가락으로 구조도를 확대하고 옮길 수 있습니다.',
    whole: '전체 네트워크',
    /** @param {string} module @param {number[]} size */
    module: (module, size) => `${module}, ${shape(size)}`,
    /** @param {string[]} ops @param {number[]} size @param {string} branch */
    op: (ops, size, branch) => `${list(ops)}, ${shape(size)}${branch ? `, ${branch} 분기` : ''}`,
    /** @param {string} op @param {number} channel */
    channel: (op, channel) => `${op}: 채널 ${channel}`,
    /** @param {string} label */
    close: (label) => `${label} 닫기`,
    save: { png: 'PNG로 저장', svg: 'SVG로 저장(A1)' },
    /** While all maps of the network are being computed. */
    saving: '전체 구조도를 그리는 중…',
  },
};
