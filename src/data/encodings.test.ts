import { describe, expect, it } from "vitest";
import { detectEncoding, encodingDecoder } from "./encodings.ts";

/** Encodes by inverting TextDecoder over all one- and two-byte sequences. */
function encoder(label: string): (text: string) => Uint8Array {
  const table = new Map<string, number[]>();
  const decode = (...bytes: number[]) => encodingDecoder({ label }).decode(Uint8Array.from(bytes));
  for (let a = 0; a < 256; a++) {
    const one = decode(a);
    if (one.length === 1 && one !== "\ufffd") table.set(one, [a]);
    if (a > 0x80) {
      for (let b = 0x30; b < 256; b++) {
        const two = decode(a, b);
        if (two.length === 1 && two !== "\ufffd" && !table.has(two)) table.set(two, [a, b]);
      }
    }
  }
  return (text) => Uint8Array.from([...text].flatMap((letter) => table.get(letter) ?? [63]));
}

const texts: Record<string, string[]> = {
  "euc-kr": [
    "서버에 접속할 수 없습니다. 비밀번호를 변경해 주세요.\n환불 요청이 처리되지 않아 다시 문의드립니다.",
    "제목,분류\n로그인 오류 (긴급),기술\n결제가 두 번 되었어요!,결제\n배송은 언제 되나요?,배송",
  ],
  "windows-1252": [
    "text,label\nLe café était très bon et la crème brûlée aussi,good\nUne soirée gâchée,bad",
    "Der Zug fährt über die Brücke, größer als je zuvor. Ärger mit Straßen – 5 € Gebühr",
    "El niño comió en el jardín. ¿Qué pasó mañana? Él no lo sabía",
    "He said “don’t” and left — it was 20° outside…",
  ],
  "windows-1251": ["Сервер не отвечает, пожалуйста, проверьте соединение.\nПароль был изменён вчера"],
  shift_jis: ["サーバーに接続できません。パスワードを変更してください。\nこれはペンです"],
  gb18030: ["我们在这里有一个大的问题，他说你们可以来。这是不对的，人也要对自己的生活有信心。"],
};

describe("detectEncoding", () => {
  for (const [label, samples] of Object.entries(texts)) {
    it.each(samples.map((text, i) => [i, text]))(`finds ${label}, sample %i`, (_, text) => {
      const bytes = encoder(label)(text as string);
      expect(encodingDecoder({ label }).decode(bytes)).toBe(text);
      expect(detectEncoding(bytes)?.label).toBe(label);
      // Wherever the sample is cut, it names this encoding or none.
      for (let end = 1; end < bytes.length; end++)
        expect([label, undefined]).toContain(detectEncoding(bytes.subarray(0, end))?.label);
    });
  }

  it("finds UTF-16 with and without a byte order mark", () => {
    for (const text of [
      "id\ttext\n1\ta plain text\n",
      "내용\t분류\n가방환불부탁드립니다\t환불\n배송이늦어요\t배송\n",
    ]) {
      for (const mark of ["\ufeff", ""]) {
        const little = new Uint8Array(Buffer.from(mark + text, "utf16le"));
        const big = little.slice();
        Buffer.from(big.buffer).swap16();
        expect(detectEncoding(little)?.label).toBe("utf-16le");
        expect(detectEncoding(big)?.label).toBe("utf-16be");
      }
    }
    const numbers = new Uint8Array(Int16Array.from({ length: 900 }, (_, i) => 40 * (i % 800)).buffer);
    expect(detectEncoding(numbers)).toBeUndefined(); // samples of sound
  });

  it("names none where it cannot tell", () => {
    expect(detectEncoding(encoder("koi8-r")("Сервер не отвечает, проверьте соединение"))).toBeUndefined();
    expect(detectEncoding(encoder("windows-1253")("Ο διακομιστής δεν ανταποκρίνεται"))).toBeUndefined();
    expect(detectEncoding(encoder("windows-1250")("Zażółć gęślą jaźń, łódka płynie"))).toBeUndefined();
    const noise = Uint8Array.from({ length: 4000 }, (_, i) => 1 + ((i * 7919 + (i >> 3) * 104729) % 255));
    expect(detectEncoding(noise)).toBeUndefined();
    expect(detectEncoding(new Uint8Array(0))).toBeUndefined();
  });
});
