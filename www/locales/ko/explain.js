/** 왜 이런 답인가, 그리고 방법마다 무엇을 보여 주는가. */

import { list, shape, value } from '../../page/format.js';
import trust from './trust.js';

export default {
  why: {
    ...trust,
    ask: '왜?',
    /** @param {string} name */
    askOf: (name) => `${name}: 왜?`,
    /** @param {string} name */
    title: (name) => `왜 “${name}”일까요?`,
    close: '설명 닫기',
    method: '방법',
    methods: {
      cam: '클래스 활성화 맵',
      occlusion: '가리기',
      gradient: '기울기',
      'input-x-gradient': '입력 × 기울기',
      smoothgrad: 'SmoothGrad',
      integrated: '적분 기울기',
      guided: '유도 역전파',
      'grad-cam': 'Grad-CAM',
      removal: '분기 제거',
      branches: '분기별 기여',
    },
    notes: {
      cam: '로짓이 마지막 맵의 어디에서 오는지 정확하게 보여 줍니다. 그 맵보다 세밀한 것은 보여 주지 못합니다.',
      occlusion:
        '사진의 한 조각을 가렸을 때 로짓이 얼마나 떨어지는지 보여 줍니다. 조각보다 크거나 두 번 나오는 것은 놓칩니다.',
      gradient: '픽셀마다 값을 바꾸면 로짓이 얼마나 변하는지 보여 줍니다. 노이즈가 많고, 값이 포화된 곳에서는 작게 나옵니다.',
      'input-x-gradient': '기울기(gradient)에 입력을 곱한 값입니다. 0에 가까운 값은 의미와 관계없이 작게 나옵니다.',
      smoothgrad: '사진에 노이즈를 더한 사본 여러 장의 기울기를 평균한 것입니다. 노이즈가 줄어들 뿐 기울기와 다르지 않습니다.',
      integrated: '기준 이미지에서 사진까지 가는 경로를 따라 픽셀마다 기울기를 적분한 값입니다. 기준과 비슷한 것은 보여 주지 못합니다.',
      guided: '사진에 있는 윤곽과 질감을 보여 줍니다. 클래스와 거의 관계가 없으므로 근거로 삼지 마세요.',
      'grad-cam':
        '평균적으로 클래스의 근거가 되는 채널이 모듈의 어느 위치에서 활성화되는지 보여 줍니다. 마지막 맵에서는 클래스 활성화 맵의 ' +
        '양수 부분과 같습니다.',
      removal:
        '분기의 값을 0으로 바꾸면 로짓이 얼마나 떨어지는지 보여 줍니다. 분기들이 함께 작용하므로 분기별 값을 더해도 전체와 같지 않습니다. ' +
        '항등 숏컷은 제거하지 않습니다.',
      branches:
        '기울기와 활성값의 곱을 더한 값입니다. 네트워크를 선형으로 근사했을 때 분기와 채널이 로짓에 얼마나 기여하는지 보여 줍니다. 합에 그 뒤의 ' +
        '편향(마지막 모듈에서는 분류기의 편향)을 더하면 정확히 로짓이 됩니다. 분기를 없앴을 때 어떻게 되는지는 보여 주지 못하므로 ‘분기 제거’와 ' +
        '비교해 보세요.',
    },
    rather: '비교할 클래스',
    noOther: '다른 클래스',
    options: {
      patch: '조각(픽셀)',
      stride: '간격(픽셀)',
      fill: '채우기',
      samples: '사본 수',
      sigma: '노이즈(값 범위에 대한 비율)',
      steps: '단계 수',
      baseline: '기준',
      layer: '모듈',
    },
    choices: {
      fill: { grey: '회색', mean: '평균 색', blur: '흐리게' },
      baseline: { zero: '0', black: '검정', mean: '평균 색', blurred: '흐린 사진' },
    },
    /** @param {string} name of a sample */
    photoOf: (name) => `사진: ${name}`,
    ownPhoto: '내 사진…',
    noBaseline: '기준으로 쓴 사진은 링크에 들어 있지 않습니다. ‘기준’에서 고르세요.',
    /** @param {string} label */
    openModule: (label) => `${label} (열림)`,
    progress: '설명 진행률',
    computing: '계산 중…',
    /** @param {number} done @param {number} of */
    steps: (done, of) => `${done}/${of}`,
    /** @param {number} done @param {number} of */
    stopped: (done, of) => `${done}/${of}에서 중지했습니다. 나머지는 알 수 없습니다.`,
    nothing: '계산하지 않았습니다.',
    stale: '예측이 바뀌었습니다. 다시 계산하세요.',
    stop: '중지',
    again: '다시 계산',
    /**
     * @param {string} method @param {string} target @param {string} rather
     * @param {import('../../inceptionscope.js').Why | import('../../inceptionscope.js').Removal
     *   | import('../../inceptionscope.js').Branches} step
     */
    about(method, target, rather, step) {
      const of = rather ? `${target} (비교: ${rather})` : target;
      const options = 'options' in step ? Object.entries(step.options).map(([name, value]) => `${name} ${value}`) : [];
      const layer = 'layer' in step && step.layer ? [step.layer] : [];
      return [`${method}: ${of}`, ...layer, ...options].join(', ');
    },
    /** @param {string} method @param {number[]} size */
    mapOf: (method, size) => `사진 위의 ${method}, ${shape(size)}`,
    opacity: '불투명도',
    squares: '계산한 그대로 표시: 값마다 한 칸',
    legends: {
      size: '따뜻한 색: 부호와 관계없이 큰 값',
      sequential: '따뜻한 색: 양의 기여',
      diverging: '따뜻한 색: 양의 기여. 파란색: 음의 기여',
    },
    numbers: {
      value: '로짓',
      lead: '두 로짓의 차',
      bias: '편향',
      sumOfMap: '맵의 평균',
      sumOfValues: '합',
      difference: '기준과의 로짓 차',
      error: '설명되지 않은 값',
    },
    /** @param {string} label */
    shares: (label) => `${label}: 분기별 기여`,
    /** @param {number} bias @param {number} logit */
    sharesNote: (bias, logit) => `편향 ${value(bias)}까지 더하면 ${value(logit)}입니다.`,
    removed: '분기를 하나씩 제거했을 때 로짓이 떨어지는 값',
    askBranches: '어느 분기가 가장 중요할까요?',
    /** @param {string} branch @param {string} module */
    branchOf: (branch, module) => `${module}의 ${branch}`,
    /** @param {string} name @param {number} drop */
    most: (name, drop) => `가장 중요한 분기: ${name}. 없으면 로짓이 ${value(drop)}만큼 떨어집니다.`,
    /** @param {string[]} names @param {number} drop */
    tie: (names, drop) => `2% 안에서 동점: ${list(names)}. 하나라도 없으면 로짓이 약 ${value(drop)}만큼 떨어집니다.`,
    none: '어느 분기를 없애도 로짓이 떨어지지 않습니다.',
    /** @param {string} label */
    openThis: (label) => `${label} 열기`,
    saves: { png: 'PNG', csv: 'CSV', json: 'JSON' },
    saveAs: { png: '설명을 PNG로 저장', csv: '수치를 CSV로 저장', json: '수치를 JSON으로 저장' },
  },
};
