// Cells as equations, to begin with, and the one that is being written.
import { signal } from "@preact/signals";

export const cellTexts = {
  rnn: `a = tanh(Waa @ a + Wax @ x + ba)`,
  gru: `Γu = sigmoid(Wuc @ c + Wux @ x + bu)
Γr = sigmoid(Wrc @ c + Wrx @ x + br)
c~ = tanh(Wcc @ (Γr * c) + Wcx @ x + bc)
c = Γu * c~ + (1 - Γu) * c`,
  lstm: `Γu = sigmoid(Wua @ a + Wux @ x + bu)
Γf = sigmoid(Wfa @ a + Wfx @ x + bf)
Γo = sigmoid(Woa @ a + Wox @ x + bo)
c~ = tanh(Wca @ a + Wcx @ x + bc)
c = Γu * c~ + Γf * c
a = Γo * tanh(c)`,
  minimal: `Γf = sigmoid(Wf @ x + bf)
c~ = Wc @ x + bc
c = Γf * c + (1 - Γf) * c~`,
} as const;

export type CellText = keyof typeof cellTexts;

/** Empty until the Cell screen has trained one. */
export const equations = signal("");
