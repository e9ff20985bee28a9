/** 열린 모듈이 선호하는 그림: 분기, 모든 채널, 사진의 딥드림과 캐리커처. */

import { list, value } from '../../page/format.js';

export default {
  growing: {
    stop: '중지',
    steps: '단계 수',
    /** @param {number} done @param {number} of */
    taken: (done, of) => (done === of ? `${of}단계` : `${of}단계 중 ${done}단계`),
    done: '완료했습니다.',
    stopped: '중지했습니다.',
    untrained: '학습하지 않은 무작위 가중치입니다. 여기서 만들어지는 그림은 노이즈일 뿐 아무 의미가 없습니다.',
  },
  likes: {
    title: '선호하는 그림',
    views: {
      branches: '분기가 선호하는 그림',
      wall: '채널이 선호하는 그림',
      dream: '딥드림',
      caricatures: '캐리커처',
    },
    button: '딥드림',
  },
  branchLikes: {
    note:
      '분기마다 모든 채널의 값(제곱의 평균)이 최대한 커지는 그림을 같은 노이즈에서 만듭니다. 한 분기에서도 채널마다 선호하는 것이 ' +
      '다르므로, 그림에는 그중 강하게 반응한 채널의 특징이 나타납니다.',
    start: '그림 만들기',
    /** @param {string} branch */
    empty: (branch) => `${branch}: 아직 그림이 없습니다`,
    /** @param {number} count */
    channels: (count) => `채널 ${count}개`,
    /** @param {string} branch @param {string} module */
    picture: (branch, module) => `${module}의 ${branch} 분기가 선호하는 그림`,
    /** @param {string} branch @param {number} number @param {number} of */
    under: (branch, number, of) => `${branch} 분기의 그림을 만드는 중입니다(${of}개 중 ${number}번째).`,
    /** @param {string} module @param {number} seed */
    about: (module, seed) => `${module}의 분기가 선호하는 그림 · 시드 ${seed}`,
  },
  wall: {
    note:
      '채널마다 가장 선호하는 것을 작은 그림(96 × 96픽셀, 시드 0)으로 보여 줍니다. 이 사진에서 활성값이 큰 채널부터 만듭니다. 단계가 적으면 ' +
      '대략의 형태만 보이고, 단계를 늘리면 또렷해집니다. 그림은 이 브라우저에 저장됩니다. 그림을 누르면 그 채널이 열립니다.',
    start: '모두 만들기',
    more: '이어서 만들기',
    /** @param {number} steps @param {number} full */
    steps: (steps, full) => (steps < full ? `${full} 중 ${steps}` : `${full}, 전부`),
    /** @param {string} module */
    of: (module) => `${module}의 채널이 선호하는 그림`,
    /** @param {string} module @param {string} network */
    title: (module, network) => `${network ? `${network}, ` : ''}${module}의 채널이 선호하는 그림`,
    growing: '그림을 만드는 중입니다. 이 모듈의 채널과 맵을 보는 동안에도 계속됩니다.',
    /** @param {number} channel @param {number} done @param {number} of */
    now: (channel, done, of) => `채널 ${channel}: ${of}단계 중 ${done}단계`,
    stopped: '중지했습니다. 완성된 그림은 저장되었습니다.',
    /** @param {number} channel */
    picture: (channel) => `채널 ${channel}, 만드는 중`,
    /** @param {number} channel @param {number} steps */
    pictureOf: (channel, steps) => `채널 ${channel}, ${steps}단계`,
    /** @param {number} count @param {number} of @param {number[][]} bySteps @param {number} full */
    count(count, of, bySteps, full) {
      const steps = bySteps.map(([steps, n]) => (bySteps.length > 1 ? `${steps}단계 ${n}개` : `${steps}단계`));
      return `채널 ${of}개 중 ${count}개: 전체 ${full}단계 중 ${list(steps)}.`;
    },
    /** @param {number} count */
    kept: (count) => `그림 ${count}개`,
  },
  dream: {
    note:
      '딥드림(DeepDream): 모듈이나 분기가 사진에서 찾아낸 패턴을 낮은 해상도에서 높은 해상도로 올라가며 점점 강조합니다. 앞쪽 모듈은 선과 ' +
      '질감을, 뒤쪽 모듈은 사물의 일부를 그려 넣습니다.',
    target: '대상',
    /** @param {string} branch @param {string} module */
    branch: (branch, module) => `${module}의 ${branch}`,
    numbers: { iterations: '옥타브당 단계 수', octaves: '옥타브 수', strength: '강도', seed: '시드' },
    larger: '그림 크기',
    /** @param {number} n */
    times: (n) => (n === 1 ? '네트워크 입력 크기' : `입력의 ${n}배`),
    start: '딥드림 만들기',
    noPhoto: '먼저 사진을 선택하세요.',
    progress: '딥드림 진행률',
    before: '사진',
    /** @param {string} name */
    after: (name) => `딥드림: ${name}`,
    /** @param {string} name */
    dreaming: (name) => `딥드림을 만드는 중입니다: ${name}.`,
    /**
     * @param {number} octave @param {number} octaves @param {number} width @param {number} height @param {number} step
     * @param {number} steps
     */
    step: (octave, octaves, width, height, step, steps) =>
      `옥타브 ${octaves}개 중 ${octave}번째(${width} × ${height}), ${steps}단계 중 ${step}단계`,
    /** @param {string} name @param {number[]} numbers @param {number} size in pixels a side */
    about: (name, [iterations, octaves, strength, seed], size) =>
      `딥드림: ${name} · ${size} × ${size}, 옥타브 ${octaves}개, 옥타브당 ${iterations}단계, 강도 ${value(strength)}, 시드 ${seed}`,
  },
  caricatures: {
    note:
      '모듈마다 출력이 사진의 출력과 같은 방향으로 최대한 커지는 그림을 노이즈에서 만듭니다. 그림에 보이는 것은 그 모듈까지 남아 있는 ' +
      '정보이고, 보이지 않는 것은 그때까지 네트워크가 버린 정보입니다. 그림을 누르면 그 모듈이 열립니다.',
    start: '캐리커처 그리기',
    more: '계속 또는 다시 시작',
    about: '사진의 캐리커처 · 시드 0',
    /** @param {string} module */
    empty: (module) => `${module}: 아직 캐리커처가 없습니다`,
    /** @param {string} module */
    picture: (module) => `${module}: 캐리커처. 모듈 열기`,
    /** @param {string} module */
    under: (module) => `캐리커처를 그리는 중입니다: ${module}.`,
  },
};
