// What every figure says around its picture, in both languages.
const fixed = (value: number) => (Number.isFinite(value) ? value.toFixed(2) : "–");

const en = {
  stop: "Stop moving",
  play: "Move by itself",
  train: "Train again",
  pause: "Pause",
  go: "Continue",
  progress: "Training progress",
  loading: "Loading the engine",
  recorded: "trained beforehand, same seed",
  done: "trained in this page",
  step: (step: number, loss: number) => `training: step ${step}, loss ${fixed(loss)}`,
};

export type Say = typeof en;

const ko: Say = {
  stop: "멈추기",
  play: "저절로 움직이기",
  train: "다시 학습하기",
  pause: "일시 정지",
  go: "계속하기",
  progress: "학습 진행",
  loading: "엔진을 내려받는 중",
  recorded: "같은 시드로 미리 학습한 신경망",
  done: "이 페이지에서 학습을 마침",
  step: (step, loss) => `학습 중: ${step}번째 스텝, 손실 ${fixed(loss)}`,
};

export const say = { en, ko };
