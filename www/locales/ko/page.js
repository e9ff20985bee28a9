/** The frame of the page: what is open, its weights, and what goes on. */

import { bytes, either, fixed, percent, seconds, time } from '../../page/format.js';

/** @typedef {import('../../page/graph.js').Engine} Engine */

export default {
  page: {
    title: 'Inceptionscope',
    tagline: '인셉션 모듈의 분기마다 내 사진이 어떻게 처리되는지 들여다봅니다.',
    skip: '네트워크로 건너뛰기',
    close: '닫기',
    language: '언어',
    noRuntime:
      '페이지를 시작하지 못했습니다. 새로 고침하세요. 그래도 안 되면 Chrome, Edge, Firefox, Safari의 최신 버전을 사용하세요.',
    /** @param {string} model @param {string[]} known */
    unknownModel: (model, known) => `“${model}” 네트워크는 없습니다. ${either(known)} 중에서 고르세요.`,
    /** @param {string} node */
    unknownNode: (node) => `이 네트워크에는 “${node}” 노드가 없어 네트워크만 표시합니다.`,
    /** @param {string} text */
    unknownQuestion: (text) => `이 네트워크에는 “${text}”의 클래스가 없어 답할 수 없습니다.`,
    /** @param {string} name of the file, if known */
    ownWeightsMissing: (name) =>
      `이 링크에는 가중치 파일${name ? `(${name})` : ''}이 들어 있지 않습니다. 같은 화면을 보려면 그 파일을 선택하거나 끌어다 놓으세요.`,
  },
  alert: {
    /** @param {number} n */
    details: (n) => `자세히 (${fixed(n, 0)}건)`,
    reload: '새로 고침',
    unchanged: '화면은 이전 그대로입니다.',
  },

  controls: {
    title: '네트워크, 가중치, 엔진',
    /** What is open, on one line. @param {string[]} parts */
    line: (parts) => parts.join(' · '),
    /** @param {string} network @param {string} variant */
    variantOf: (network, variant) => `${network} (${variant})`,
    short: { flowers: '꽃 5종', imagenet: 'ImageNet', untrained: '학습 안 됨' },
    network: '네트워크',
    variant: '변형',
    standard: '기본',
    profile: '프로파일',
    automaticProfile: '가중치에 따름',
    /** @param {string} id */
    automaticProfileIs: (id) => `${id} (자동)`,
    /** @param {import('../../inceptionscope.js').Profile} profile */
    profileAbout({ id, mean, std }) {
      const numbers = (/** @type {number[]} */ all) => all.map((v) => fixed(v, 3)).join(', ');
      return `${id}: 평균 ${numbers(mean)}; 표준편차 ${numbers(std)}`;
    },
    weights: '가중치',
    flowers: '꽃 5종 (학습됨)',
    imagenet: 'ImageNet (학습됨)',
    untrained: '무작위 (학습 안 됨)',
    /** @param {string} seed */
    untrainedSeed: (seed) => `무작위 (학습 안 됨, 시드 ${seed})`,
    ownFile: '내 파일 또는 클래스 이름…',
    /** @param {string} name */
    file: (name) => `파일: ${name}`,
    /** @param {string} name */
    address: (name) => `URL: ${name}`,
    engine: '엔진',
    engines: { auto: '자동', gpu: 'WebGPU', cpu: 'CPU' },
    /** @param {Engine} engine */
    computes: ({ engine, threads }) => (threads > 1 ? `CPU, 스레드 ${threads}개` : engine === 'gpu' ? 'WebGPU' : 'CPU'),
  },

  help: {
    /** @param {string} what */
    about: (what) => `${what} 설명`,
    variant:
      '같은 네트워크의 다른 버전입니다. 논문에 처음 발표된 버전이나, 한 부분을 빼서 그 부분의 역할을 보여 주는 버전 등이 있습니다.',
    profile:
      '가중치 파일에는 없지만 알아야 하는 설정입니다. 사진의 크기 조정·자르기·정규화 방법과 패딩 같은 세부 사항을 정합니다. ' +
      '학습된 가중치마다 다르며, ‘자동’은 파일이나 출처에 적힌 값을 씁니다.',
    stored:
      '불러온 가중치와 내 사진은 이 브라우저에 저장되어, 다음에는 오프라인에서도 바로 열립니다. 차지하는 용량을 확인하고 삭제할 수 ' +
      '있습니다.',
  },

  status: {
    flowers: '데이지, 민들레, 장미, 해바라기, 튤립만 구분하는 네트워크입니다.',
    imagenet: 'ImageNet으로 학습한 논문 그대로의 GoogLeNet으로, 1,000개 클래스를 구분합니다.',
    openImagenet: 'ImageNet GoogLeNet 열기 (28 MB)',
    untrained:
      '학습하지 않은 네트워크입니다. 가중치가 무작위라 클래스 순위를 매기지 않습니다. 화면의 값은 모두 실제로 계산한 것입니다.',
    openTrained: '학습된 가중치 열기…',
    own: '직접 연 가중치입니다. 이 브라우저에만 보관하며, ‘저장된 파일’에서 삭제할 수 있습니다.',
    /** @param {string} name */
    file: (name) => `가중치: ${name}`,
    warnings: '이 가중치에 대해 알아 둘 점',
    insecure: 'HTTPS로 연 페이지가 아니어서 WebGPU와 저장 공간을 쓸 수 없습니다. CPU로 실행하며 아무것도 저장하지 않습니다.',
    /** What computes, and why. @param {Engine} engine */
    engine({ engine, why, adapter, threads }) {
      const cpu = threads > 1 ? `CPU(스레드 ${threads}개)` : 'CPU';
      const gpu = adapter || '브라우저가 이름을 알려 주지 않는 GPU';
      if (why === 'chosen')
        return engine === 'gpu' ? `선택한 대로 WebGPU(${gpu})로 실행합니다.` : `선택한 대로 ${cpu}로 실행합니다.`;
      if (why === 'hardware') return `WebGPU로 실행합니다: ${gpu}.`;
      if (why === 'software')
        return `${cpu}로 실행합니다. 이 컴퓨터에는 소프트웨어로 에뮬레이션한 GPU(${gpu})뿐이라 CPU가 더 빠릅니다.`;
      if (why === 'wrong') return `${cpu}로 실행합니다. GPU(${gpu})의 계산 결과가 틀립니다. 브라우저나 드라이버를 업데이트해 보세요.`;
      if (why === 'lost') return `${cpu}로 실행합니다. GPU가 멈췄습니다.`;
      if (why === 'doubted') return `${cpu}로 실행합니다. GPU의 예측에 NaN이 나왔습니다.`;
      if (why === 'unsupported') return `${cpu}로 실행합니다. 이 브라우저는 WebGPU를 지원하지 않습니다.`;
      return `${cpu}로 실행합니다. WebGPU로 쓸 수 있는 GPU가 없습니다.`;
    },
    /** The GPU gave NaN; the CPU goes on. */
    doubted: 'GPU의 예측에 NaN이 나와서 이제 CPU로 실행합니다.',
    /** The runtime had failed and is back. */
    restarted: '런타임을 다시 시작하고 네트워크를 다시 불러왔습니다. 화면은 이전과 같습니다.',
    /** The device was lost and is back. @param {'gpu' | 'cpu'} engine */
    recovered: (engine) =>
      engine === 'gpu'
        ? 'GPU가 초기화되어 네트워크를 다시 불러왔습니다. 화면은 이전과 같습니다.'
        : 'GPU가 멈춰 이제 CPU로 실행합니다. 화면은 이전과 같습니다.',
  },

  loading: {
    title: '불러오는 중',
    starting: '시작하는 중…',
    stages: {
      download: '가중치를 받는 중',
      reconnect: '연결이 끊겨 다시 시도하는 중',
      prepare: '엔진을 준비하는 중',
      ready: '준비됨',
    },
    /** @param {number} loaded @param {number | null} total @param {number | null} left seconds */
    loaded(loaded, total, left) {
      const size = total ? `${bytes(loaded)} / ${bytes(total)}` : bytes(loaded);
      return left === null ? size : `${size}, 약 ${seconds(Math.ceil(left))} 남음`;
    },
    /** @param {number} loaded @param {number} total */
    arrived: (loaded, total) => `${bytes(loaded)} / ${bytes(total)}`,
    /** @param {number} left seconds */
    inSeconds: (left) => `${seconds(Math.ceil(left))} 후`,
    notKept: '(브라우저에 남은 공간이 없어 저장하지 않음)',
    cancel: '취소',
    cancelled: '취소했습니다. 네트워크나 가중치를 고르세요.',
    instead: '취소: 무작위 가중치로 표시',
    ready: '준비되었습니다. 사진을 고르거나 끌어다 놓으세요.',
  },

  run: {
    running: '실행 중…',
    /** @param {number} ms */
    took: (ms) => `실행 시간 ${time(ms)}`,
  },

  tuning: {
    untuned: 'GPU 종류에 맞춘 기본 커널을 씁니다. 이 GPU에서 튜닝하지는 않았습니다.',
    running: '커널을 튜닝하는 중…',
    /** @param {number} classes @param {number} before @param {number} after milliseconds */
    tuned: (classes, before, after) =>
      `이 GPU에 맞춰 커널을 튜닝했습니다. 합성곱 ${fixed(classes, 0)}종류가 ${time(before)}에서 ${time(after)}로 줄었습니다.`,
    start: '지금 튜닝',
    again: '다시 튜닝',
    off: '자동 튜닝 끄기',
    on: '자동 튜닝 켜기',
  },

  weights: {
    button: 'ImageNet 가중치',
    title: 'ImageNet 가중치',
    about:
      'ImageNet 가중치는 이 페이지에 넣기에는 너무 큽니다. 출처에서 파일을 내려받아 여기서 선택하거나 끌어다 놓으세요. 호스트가 허용하면 ' +
      'URL로 바로 열 수도 있습니다. 페이지는 파일이 온전한지, 텐서의 이름과 크기가 네트워크와 맞는지, 파일에 SHA-256이 적혀 있으면 텐서마다 ' +
      '그 값이 맞는지 확인합니다. 출처가 공개한 바로 그 파일인지는 확인하지 못합니다.',
    columns: { network: '네트워크', file: '파일', size: '크기', accuracy: 'Top-1', licence: '라이선스', verified: '검증' },
    contents: {
      sha256: '파일의 SHA-256',
      parts: '부분마다 SHA-256',
      name: 'SHA-256 앞자리',
      package: '패키지의 SHA-512',
      unverified: '내용은 검증되지 않음',
    },
    tested: {
      file: '이 파일로 시험함',
      library: '이 파일이 아니라 라이브러리로 시험함',
      description: '이 파일이 아니라 소스 코드로 시험함',
    },
    none: '가중치 목록을 불러오지 못했습니다. 연결을 확인하고 다시 시도하세요.',
    download: '내려받기',
    /** @param {string} title */
    downloadOf: (title) => `${title} 내려받기`,
    thenDrop: '이 호스트는 다른 사이트에서 파일을 읽지 못하게 합니다. 내려받아 여기에 끌어다 놓으세요.',
    byCommand: 'npm 패키지에 들어 있습니다. 이 명령을 실행하면 페이지와 함께 제공할 위치에 저장됩니다.',
    open: '열기',
    /** @param {string} title */
    openOf: (title) => `${title} URL로 열기`,
    choose: '가중치 파일 또는 클래스 이름 선택',
  },

  storage: {
    button: '저장된 파일',
    title: '이 브라우저에 저장된 파일',
    about:
      '불러온 가중치는 여기에 저장되어, 다음에는 오프라인에서도 바로 열립니다. 최근에 쓴 내 사진과 가중치 파일도 저장됩니다. 기기 밖으로 ' +
      '나가는 것은 없습니다.',
    columns: { file: '파일', size: '크기', state: '상태' },
    none: '저장된 것이 없습니다. 시크릿 창과 HTTPS가 아닌 페이지에서는 저장하지 않습니다.',
    complete: '완료',
    /** @param {number | null} share */
    partial: (share) => (share === null ? '중단됨' : `${percent(share)}에서 중단됨`),
    /** @param {number} sum @param {number | null} quota */
    total: (sum, quota) => `모두 ${bytes(sum)}${quota ? `이며, 브라우저 허용량은 ${bytes(quota)}` : ''}입니다.`,
    delete: '삭제',
    /** @param {string} name */
    deleteOf: (name) => `${name} 삭제`,
  },
};
