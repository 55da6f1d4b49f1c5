// Named entities from few sentences: with random word vectors, and with those of a text without labels.
import { adamW, bidirectional, crf, embedding, lstm, oneCycle, type Tagged, tagger, taggerVocabulary } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";
import { learnVectors } from "./vectors.ts";

const people = [
  "sally johnson",
  "robert lin",
  "ada smith",
  "harry potter",
  "mina park",
  "john brown",
  "lena kim",
  "omar reed",
] as const;
const fruit = ["orange", "apple", "pear", "plum", "durian", "mango"] as const;
const jobs = ["farmer", "cultivator", "grower", "seller"] as const;
const places = ["paris", "seoul", "london", "lima"] as const;
const labeledPeople = people.slice(0, 3);
const labeledFruit = fruit.slice(0, 3);
const labeledJobs = jobs.slice(0, 1);

const make = (
  who: readonly string[],
  what: readonly string[],
  job: readonly string[],
  draw: ReturnType<typeof drawer>,
) => {
  const [person, place] = [draw.pick(who).split(" "), draw.pick(places)];
  const kind = draw.below(3);
  if (kind === 0) {
    const tail = ["is", "an", draw.pick(what), draw.pick(job)];
    return { tokens: [...person, ...tail], tags: ["B-PER", "I-PER", ...tail.map(() => "O")] };
  }
  if (kind === 1) {
    const tail = ["lives", "in", place];
    return { tokens: [...person, ...tail], tags: ["B-PER", "I-PER", "O", "O", "B-LOC"] };
  }
  const tokens = ["the", draw.pick(what), draw.pick(job), "met", ...person];
  return { tokens, tags: ["O", "O", "O", "O", "B-PER", "I-PER"] };
};
const few = drawer(31, "labeled");
const sentences: Tagged[] = Array.from({ length: 18 }, () => make(labeledPeople, labeledFruit, labeledJobs, few));

const dim = 12;
const plain = (() => {
  const many = drawer(32, "plain");
  return Array.from({ length: 3000 }, () => make(people, fruit, jobs, many).tokens.join(" ")).join("\n");
})();

const allWords = [...new Set(plain.split(/\s+/))];
const vocabulary = taggerVocabulary(sentences, { minCount: 1, known: allWords });
const options = {
  vocabulary,
  decoder: crf(),
  encoder: bidirectional(lstm({ hiddenSize: 8 })),
  characters: false,
  dropout: 0,
  seed: 3,
} as const;

export const peopleModels = {
  random: () => tagger({ ...options, embeddingSize: dim }),
  /** Its first values do not matter where weights are put into it. */
  vectors: () => tagger({ ...options, embedding: embedding({ embeddingSize: dim }) }),
};

export const peopleLesson: Lesson = {
  id: "people",
  seconds: 10,
  async parts() {
    const learned = await learnVectors(plain, { dim, window: 3, epochs: 12 });
    const models = {
      random: peopleModels.random(),
      vectors: tagger({ ...options, embedding: embedding({ from: learned }) }),
    };
    return (["random", "vectors"] as const).map((name) =>
      modelPart(name, models[name], sentences, {
        steps: 120,
        batchSize: 18,
        optimizer: adamW({ learningRate: 0.02 }),
        schedule: oneCycle(),
        seed: 1,
      }),
    );
  },
};
