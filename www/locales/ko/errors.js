/**
 * A sentence for each error code of the runtime: what happened, and what to do. `data` has the error's facts, of which
 * details from the runtime are English; `page/faults.js` puts the name of the file before the sentence.
 */

import { bytes, either, fixed, list } from '../../page/format.js';
import { after } from './particles.js';

/** @template {import('../../runtime/errors.js').Code} C @typedef {import('../../runtime/errors.js').Facts<C>} Facts */

const AGAIN = '다시 내려받으세요.';
const REPORT = 'Inceptionscope의 결함이니 알려 주세요.';

/** What a file is that is no photo here. @type {Record<string, string>} */
const PHOTOS = {
  avif: 'AVIF 이미지',
  bmp: 'BMP 이미지',
  cgbi: 'iPhone 앱에 들어 있는 Apple 전용 PNG(CgBI)',
  empty: '빈 파일',
  gif: 'GIF 이미지',
  heic: 'HEIC 이미지. iPhone은 설정 › 카메라 › 포맷에서 ‘높은 호환성’을 고르면 JPEG로 저장합니다',
  jxl: 'JPEG XL 이미지',
  other: '이미지가 아님',
  page: '웹 페이지 또는 SVG 이미지',
  pdf: 'PDF 문서',
  png: 'PNG 이미지',
  tiff: 'TIFF 또는 카메라 RAW 이미지',
  video: '동영상',
  webp: 'WebP 이미지',
};

/** How many there are of something. @param {number} n */
const number = (n) => `${fixed(n, 0)}개`;

/** The first names, and how many more there are. @param {string[]} names */
function some(names) {
  const [first, more] = [names.slice(0, 5), names.length - 5];
  return more > 0 ? `${first.join(', ')} 외 ${number(more)}` : list(first);
}

/** Tensors that do not belong to the network, each on a line of its own. @param {Facts<'weights.mismatch'>} data */
function mismatch({ network, fitting, missing = [], misshaped = [], fits = [] }) {
  const advice = fits.length ? `${after(either(fits), '을/를')} 고르세요.` : '파일에 맞는 네트워크를 고르세요.';
  const all = [...missing.map((/** @type {string} */ name) => `${name}: 없음`), ...misshaped];
  const problem = fitting ? `텐서 ${number(all.length)}가 없거나 크기가 다릅니다` : '이 네트워크의 텐서가 하나도 없습니다';
  return [`가중치가 ${network}에 맞지 않습니다. ${problem}. ${advice}`, ...all].join('\n');
}

/** What was expected, and what came instead. @param {{ expected: any, found: any }} data */
const instead = ({ expected, found }) => `필요한 값은 ${expected}, 받은 값은 ${found}입니다.`;

/** @type {import('../../runtime/errors.js').Sentences} */
export default {
  // Calls
  'argument.type': ({ name, ...data }) => `${name}: ${instead(data)}`,
  'argument.range': ({ name, ...data }) => `${name}: ${instead(data)}`,
  'argument.unknown': ({ name, known }) => `${name}: 없는 옵션입니다. 쓸 수 있는 옵션은 ${list(known)}입니다.`,
  'call.aborted': () => '중지했습니다.',
  'argument.text': ({ name, reason }) => `${name}에 쓸 수 없는 값입니다(${reason}).`,
  'engine.misuse': ({ what, ...data }) => `${what}: ${instead(data)} ${REPORT}`,
  'plan.alignment': ({ node }) => `${node}의 메모리 배치가 이 GPU에서 작동하지 않습니다. ${REPORT}`,
  'scope.not_known': () => '네트워크의 그래프를 아직 불러오지 못했습니다. 잠시 기다리세요.',
  'run.none': () => '아직 실행한 사진이 없습니다. 먼저 사진을 선택하세요.',
  'answer.not_finite': () => '예측이 NaN 또는 무한대입니다. 가중치가 맞지 않거나 사진이 손상되었습니다.',
  'answer.no_classifier': () => '파일에 분류기가 없어 예측이 없습니다.',
  'target.unknown': ({ found, near = [] }) =>
    `“${found}”에 해당하는 클래스나 노드가 없습니다. ${near.length ? `혹시 ${either(near)}인가요?` : ''}`.trim(),
  'target.ambiguous': ({ found, numbers }) => `이름이 “${found}”인 클래스가 여럿입니다. ${either(numbers)} 중에서 고르세요.`,
  'target.class': ({ classes, found }) => `${found}번 클래스는 없습니다. 이 네트워크의 클래스는 ${classes}개입니다.`,
  'cam.target': () => '클래스 활성화 맵(CAM)은 클래스만 설명합니다. 다른 대상에는 ‘가리기’를 사용하세요.',
  'cam.head': ({ node }) =>
    `로짓(logit) 앞에 ${after(node, '이/가')} 있어 정확한 클래스 활성화 맵(CAM)을 구할 수 없습니다. ‘가리기’를 사용하세요.`,
  'occlusion.range': ({ option, most, found }) => `${option} 값 ${after(found, '은/는')} 1부터 ${most} 사이여야 합니다.`,
  'intervention.factor': ({ node, factor }) => `${node}의 배율 ${after(factor, '은/는')} 쓸 수 없습니다. 유한한 수여야 합니다.`,
  'input.pictures': ({ most, found }) => `한 번에 사진을 ${most}장까지 실행할 수 있습니다. 받은 사진은 ${found}장입니다.`,
  'input.size': ({ network, shape, expected, found }) =>
    `${network}의 입력은 ${shape}, 즉 값 ${expected}개인데 ${found}개를 받았습니다.`,
  'device.none': () => '쓸 수 있는 GPU가 없습니다. 이 브라우저가 WebGPU를 지원하지 않거나 WebGPU로 쓸 GPU를 찾지 못했습니다. 엔진에서 CPU를 고르세요.',
  'device.refused': ({ what, reason }) => `GPU가 요청을 거부했습니다(${what}: ${reason}). 엔진에서 CPU를 고르세요.`,
  'device.wrong': ({ shader, expected, found }) =>
    `GPU의 계산 결과가 틀립니다(${shader}: ${expected} 대신 ${found}). 엔진에서 CPU를 고르세요. 브라우저나 드라이버를 업데이트해 보세요.`,
  'scope.closed': () => '이 네트워크는 닫혔습니다. 다시 여세요.',
  'device.lost': () => 'GPU가 멈췄습니다. 페이지를 새로 고치거나 엔진에서 CPU를 고르세요.',
  'runtime.failed': ({ reason }) => `런타임에 오류가 났습니다(${reason}). ${REPORT}`,
  'runtime.updated': () => '이 페이지를 열어 둔 사이에 새 버전이 나왔습니다. 새로 고친 뒤 계속하세요.',
  'runtime.unavailable': () => '런타임을 불러오지 못했습니다. 연결을 확인하고 페이지를 새로 고치세요.',
  'papers.unavailable': () => '표를 불러오지 못했습니다. 연결을 확인하고 다시 시도하세요.',
  'storage.unavailable': ({ reason }) =>
    `브라우저에 저장된 데이터를 읽을 수 없습니다(${reason}). 다시 시도하거나 이 페이지의 데이터 저장을 허용하세요.`,

  // Photos
  'photo.format': ({ kind, found }) => `사진 파일이 아닙니다(${PHOTOS[kind] ?? found}). JPEG, PNG 또는 WebP 이미지를 선택하세요.`,
  'photo.size': ({ width, height }) => `사진이 ${width} × ${height}픽셀로 너무 큽니다. 크기를 줄이세요.`,
  'photo.input_size': ({ width, height, input }) =>
    `사진이 ${width} × ${height}픽셀입니다. ${input} × ${input}이어야 하며, 아니면 크기를 조정해야 합니다.`,
  'photo.truncated': () => '사진이 중간에 잘려 있습니다. 다시 저장하거나 내려받으세요.',
  'photo.damaged': ({ reason }) => `사진이 손상되었습니다(${reason}). 다른 사진을 고르거나 다시 저장하세요.`,
  'photo.memory': ({ width, height }) =>
    `${width} × ${height}픽셀 사진을 처리할 메모리가 부족합니다. 사진을 줄이거나 다른 탭을 닫으세요.`,
  'photo.unreachable': ({ address, reason }) =>
    `${address}에서 사진을 불러오지 못했습니다(${reason}). 내려받아 파일로 선택하세요.`,
  'photo.unreadable': ({ reason }) => `이미지를 읽을 수 없습니다(${reason}). JPEG, PNG 또는 WebP 이미지를 선택하세요.`,

  // Weight files
  'weights.address': ({ found }) =>
    `${after(`“${found}”`, '은/는')} 가중치 파일의 URL이 아닙니다. 목록에서 가중치를 고르거나 파일을 선택하세요.`,
  'weights.changed': () => '불러오는 동안 서버의 파일이 바뀌었습니다. 네트워크를 다시 여세요.',
  'weights.class_names': ({ found, expected }) =>
    `클래스 이름은 ${number(found)}인데 네트워크의 클래스는 ${number(expected)}입니다. 한 줄에 하나씩 적거나 JSON 목록으로 만드세요.`,
  'weights.code': ({ function: name }) =>
    `파일이 코드(${name})를 실행하려고 합니다. 여기서는 코드를 실행하지 않습니다. state_dict만 저장하거나 safetensors로 저장하세요.`,
  'weights.cut_off': ({ part }) => `파일이 잘렸거나 손상되었습니다(${part}). ${AGAIN}`,
  'weights.damaged': ({ tensor }) => `텐서 ${after(tensor, '이/가')} 손상되었습니다. SHA-256이 파일에 적힌 값과 다릅니다. ${AGAIN}`,
  'weights.digest': () => `받으려던 파일이 아닙니다. SHA-256이 다릅니다. ${AGAIN}`,
  'weights.format': ({ what }) => `가중치 파일이 아닙니다(${what}). .safetensors, .pth 또는 .h5 파일을 선택하세요.`,
  'weights.header': ({ problem }) => `파일의 헤더가 손상되었습니다(${problem}). ${AGAIN}`,
  'weights.header_size': () => `파일의 헤더가 손상되었습니다. 헤더에 적힌 길이가 비정상적으로 깁니다. ${AGAIN}`,
  'weights.index': ({ shards }) => `다른 파일의 목록만 든 파일입니다. ${after(some(shards), '과/와')} 함께 여세요.`,
  'weights.interrupted': ({ loaded }) => `${bytes(loaded)}까지 받고 연결이 끊겼습니다. 네트워크를 다시 열면 이어서 받습니다.`,
  'weights.io': ({ problem }) => `파일을 읽지 못했습니다(${problem}).`,
  'weights.metadata': ({ key, problem }) => `파일의 메타데이터가 손상되었습니다(${key}: ${problem}).`,
  'weights.mismatch': mismatch,
  'weights.no_average': () => '파일에 가중치의 이동 평균(EMA)이 없습니다. 그 옵션을 빼고 여세요.',
  'weights.parts': ({ host, parts }) =>
    `이 가중치는 ${host}에 파일 ${number(parts)}로 나뉘어 있는데, 지금 접속할 수 없습니다. 연결을 확인하고 다시 시도하세요. 직접 ` +
    '내려받을 수 있는 단일 파일은 없습니다.',
  'weights.refused': ({ address, status }) =>
    `${address}에서 불러오지 못했습니다. 서버 응답은 ${status}입니다. URL을 확인하거나 파일을 선택하세요.`,
  'weights.shard': ({ name }) => `${name} 파일이 없습니다. 인덱스 파일과 함께 선택하세요.`,
  'weights.silent': ({ address, seconds }) =>
    `${address}에서 ${seconds}초 동안 응답이 없습니다. 나중에 다시 시도하거나 파일을 내려받아 여기서 선택하세요.`,
  'weights.structure': ({ what, difference }) => `여기서 지원하는 네트워크가 아닙니다(${what}: ${difference}).`,
  'weights.tensor': ({ tensor, problem }) => `텐서 ${tensor}: ${problem}.`,
  'weights.too_large': ({ format, limit }) =>
    `파일이 ${format}의 한도인 ${bytes(limit)}보다 큽니다. 가중치만 safetensors로 저장하세요.`,
  'weights.too_long': ({ expected }) => `파일이 헤더에 적힌 ${bytes(expected)}보다 깁니다. ${AGAIN}`,
  'weights.truncated': ({ found, expected, missing = [] }) =>
    `파일이 잘려 있습니다. ${expected}바이트 중 ${found}바이트뿐이며 텐서 ${number(missing.length)}가 없습니다. ${AGAIN}`,
  'weights.unreachable': ({ address }) =>
    `${address}에 접속할 수 없습니다. 인터넷에 연결되어 있지 않거나, 호스트가 다른 사이트의 접근을 막고 있습니다. 파일을 내려받아 여기서 ` +
    '선택하세요.',
  'weights.unreadable': () => '파일을 더는 읽을 수 없습니다. 바뀌거나 옮겨지거나 지워졌습니다. 다시 선택하세요.',
  'weights.unsupported': ({ what, advice }) => `여기서 읽을 수 없는 형식입니다(${what}: ${advice}).`,
  'weights.unknown': () => '이 가중치가 어느 네트워크의 것인지 알 수 없습니다. 네트워크를 먼저 고르세요.',
  'weights.value': ({ tensor, value, problem }) => `텐서 ${tensor}의 값 ${value}: ${problem}.`,
  // Warnings about weights that can be read
  'weights.assumed_relu': ({ layer }) => `${layer} 뒤의 활성화 함수가 적혀 있지 않아 ReLU로 간주합니다.`,
  'weights.copies': ({ taken, others }) =>
    `파일에 가중치가 여러 벌 있습니다. ${list(others)} 대신 ${after(taken, '을/를')} 씁니다.`,
  'weights.file_name': () => '파일 이름에 적힌 SHA-256이 실제 내용과 다릅니다.',
  'weights.headless': () => '파일에 분류기가 없어 예측이 없습니다. 나머지는 모두 볼 수 있습니다.',
  'weights.metadata_ignored': ({ key, value }) => `파일의 메타데이터 ${after(`“${key}: ${value}”`, '은/는')} 무시합니다.`,
  'weights.not_softmax': ({ layer, function: name }) =>
    `${layer}의 마지막은 ${name}이지만, 여기에 표시하는 확률은 로짓(logit)의 소프트맥스입니다.`,
  'weights.not_finite': ({ tensor, values, first, others = [] }) => {
    const more = others.length ? ` ${some(others)}에도 있습니다.` : '';
    return `텐서 ${tensor}에 NaN 또는 무한대가 ${number(values)} 있습니다. 첫 위치는 ${first}입니다.${more}`;
  },

  // Networks and their nodes
  'model.unknown': ({ found, known }) => `“${found}” 네트워크는 없습니다. ${either(known)} 중에서 고르세요.`,
  'variant.unknown': ({ found, known }) => `이 네트워크에 “${found}” 변형은 없습니다. ${either(known)} 중에서 고르세요.`,
  'profile.unknown': ({ found, known }) => `이 네트워크에 “${found}” 프로파일은 없습니다. ${either(known)} 중에서 고르세요.`,
  'profile.field': ({ found, known }) => `프로파일에 “${found}” 항목은 없습니다. 쓸 수 있는 항목: ${known.join(', ')}.`,
  'profile.value': ({ field, ...data }) => `프로파일의 ${field}: ${instead(data)}`,
  'node.unknown': ({ found, near }) => `이 네트워크에는 “${found}” 노드가 없습니다.${near ? ` 혹시 ${near}인가요?` : ''}`,
  'node.not_yet': ({ node }) => `${after(node, '은/는')} 아직 계산되지 않았습니다. 가중치를 받는 중입니다.`,
  'node.no_weights': ({ node }) => `파일에 ${node}의 가중치가 없어 계산할 수 없습니다.`,
  'node.channel': ({ node, channels, found }) =>
    `${node}의 채널은 0부터 ${channels - 1}까지이므로 ${found}번 채널은 없습니다.`,
  'node.position': ({ node, rows, columns, row, column }) =>
    `${node}의 크기는 ${rows} × ${columns}이므로 ${row}행 ${column}열은 없습니다.`,
  'evaluate.classes': ({ expected, found }) =>
    `네트워크마다 클래스 수가 다릅니다(${expected}개와 ${found}개). 하나씩 평가하세요.`,
  'evaluate.folder': ({ found, near = [] }) =>
    `이 네트워크에 “${found}” 클래스는 없습니다.${near.length ? ` 혹시 ${near[0]}인가요?` : ''} 폴더 이름을 클래스 이름과 같게 하세요.`,
  'visualise.alone': () => 'diversity:는 그림끼리 비교하는 항목입니다. 두 장 이상을 동시에 만들어 주세요.',
  'visualise.no_photo': () => '사진을 기준으로 만드는 그림인데 아직 사진이 없습니다. 먼저 사진을 고르세요.',
  'visualise.not_finite': ({ steps }) =>
    `${steps}단계 뒤에 NaN이 나와서 그림을 더 만들 수 없습니다. 가중치가 손상되었을 수 있습니다.`,
  'gradient.fused': ({ node }) =>
    `${after(node, '은/는')} 뒤의 연산과 함께 계산되어 기울기(gradient)가 없습니다. ${REPORT}`,
  'gradient.replaced': ({ node }) => `${node}에 값을 넣어서 기울기(gradient)가 거기서 끊깁니다. 먼저 그 변경을 되돌리세요.`,
  'gradient.unreached': ({ node }) =>
    `고른 클래스가 ${node}에 의존하지 않아 기울기(gradient)가 없습니다.`,
  'node.duplicate': ({ node }) => `이름이 ${node}인 노드가 둘입니다. ${REPORT}`,
  'size.range': ({ found, least, most }) => `입력 크기 ${after(found, '은/는')} 범위를 벗어났습니다. ${least}부터 ${most}까지 쓸 수 있습니다.`,
  'size.fixed': ({ node, expected, found }) =>
    `${node}의 입력은 ${expected} × ${expected}픽셀이어야 하며 ${found} × ${after(found, '은/는')} 쓸 수 없습니다.`,
  'size.unfit': ({ node, expected, found }) =>
    `이 네트워크는 ${found} × ${found}픽셀로 실행할 수 없습니다. ${after(node, '이/가')} 맞지 않습니다. ` +
    `원래 크기인 ${expected} × ${expected} 등 다른 크기를 고르세요.`,
  'op.inputs': ({ node, expected, found }) => `${node}의 입력은 ${expected}개여야 하는데 ${found}개입니다. ${REPORT}`,
  'op.channels': ({ node, expected, found }) => `${node}의 채널은 ${expected}개여야 하는데 ${found}개입니다. ${REPORT}`,
  'op.mismatch': ({ node, expected, found }) =>
    `${node}에서 ${after(expected, '과/와')} ${after(found, '을/를')} 합칠 수 없습니다. ${REPORT}`,
  'op.window': ({ node, window, input }) => `${node}의 윈도(${window})가 입력(${input})보다 큽니다.`,
  'op.parameters': ({ node, problem }) => `${node}: ${problem}. ${REPORT}`,
};
