/** 채널을 활성화하는 그림. */

import { value } from '../../page/format.js';

export default {
  excites: {
    tab: '활성화하는 그림',
    note:
      '채널의 평균이 최대한 커지도록 노이즈에서 만들어 낸 그림입니다. 채널이 가장 선호하는 입력이지, 평소에 보는 입력은 아닙니다.',
    start: '그림 만들기',
    again: '처음부터 다시',
    pause: '일시 정지',
    goOn: '계속',
    another: '다른 시드',
    four: '시드 네 개',
    differ: '서로 다른 네 장',
    /** @param {number} seed */
    ofSeed: (seed) => `시드 ${seed}`,
    size: '크기',
    /** @param {number} n */
    pixels: (n) => `${n} × ${n}`,
    seed: '시드',
    negative: '억제하는 그림',
    /** @param {number} done @param {number} of @param {number} now */
    progress: (done, of, now) => `${of}단계 중 ${done}단계, 평균 ${value(now)}`,
    /** @param {number} done @param {number} of @param {number} now */
    progressOfAll: (done, of, now) => `${of}단계 중 ${done}단계, 네 장의 평균 − 100 × 서로 닮은 정도: ${value(now)}`,
    /** @param {string} name */
    picture: (name) => `${name} 채널을 활성화하는 그림`,
    /** @param {number} from @param {number} to */
    curve: (from, to) => `단계별 평균: ${value(from)}에서 ${value(to)}까지`,
    /** @param {number} from @param {number} to */
    curveOfAll: (from, to) => `단계별 평균 − 100 × 네 장이 서로 닮은 정도: ${value(from)}에서 ${value(to)}까지`,
  },
};
