import type { NewDocument } from "@report-builder/jobs";

export interface Section {
  heading: string;
  /** A question for the writer, and for Claude. “{person}” stands for the name of the person. */
  prompt: string;
}

/** A kind of review, with the sections that such a review usually has. */
export interface Template {
  id: string;
  label: string;
  description: string;
  perspective: NonNullable<NewDocument["perspective"]>;
  sections: readonly Section[];
}

export const SELF: Template = {
  id: "self",
  label: "Self review",
  description: "You look back at your own work.",
  perspective: "SELF",
  sections: [
    {
      heading: "Summary",
      prompt: "What mattered most in this period? Three or four sentences that a reader in a hurry can rely on.",
    },
    {
      heading: "Achievements",
      prompt:
        "What did I achieve? For each of the three to five most important results: the situation, what I did, and what came of it.",
    },
    {
      heading: "Impact",
      prompt:
        "What changed for users, for the team or for the company because of my work? Only numbers that the evidence has.",
    },
    {
      heading: "Collaboration",
      prompt: "How did I help others to do their work, for example with reviews, guidance, documents or advice?",
    },
    {
      heading: "Growth",
      prompt: "What was hard or did not go well, what did I learn from it, and what do I still have to learn?",
    },
    {
      heading: "Goals",
      prompt: "How far did I come with my goals, and what do I want to work on next? How will we know that it is done?",
    },
  ],
};

export const TEMPLATES: readonly Template[] = [
  SELF,
  {
    id: "manager",
    label: "Manager’s review",
    description: "You review a person in your team.",
    perspective: "MANAGER",
    sections: [
      {
        heading: "Summary",
        prompt: "How did {person} do in this period, overall? Three or four sentences, without a grade.",
      },
      {
        heading: "Achievements",
        prompt:
          "What did {person} achieve? For each of the three to five most important results: the situation, what {person} did, and what came of it.",
      },
      {
        heading: "Impact",
        prompt:
          "What changed for users, for the team or for the company because of this work? Only numbers that the evidence has.",
      },
      {
        heading: "Collaboration",
        prompt: "How does {person} work with others? Examples of reviews, guidance, documents or shared decisions.",
      },
      {
        heading: "Growth",
        prompt:
          "Where can {person} grow? One or two areas, each with an example from this period and a first step that would help.",
      },
      {
        heading: "Goals",
        prompt: "Which goals were reached, and which should {person} have next? How will we know that they are done?",
      },
    ],
  },
  {
    id: "peer",
    label: "Peer review",
    description: "You review a person with whom you work.",
    perspective: "PEER",
    sections: [
      { heading: "Our work together", prompt: "On what did {person} and I work together in this period?" },
      {
        heading: "Achievements",
        prompt:
          "What did {person} do well? Two or three examples: the situation, what {person} did, and what came of it.",
      },
      { heading: "Impact", prompt: "What did the work of {person} change for me, for our team or for our users?" },
      {
        heading: "Collaboration",
        prompt: "How is it to work with {person}? Examples of reviews, discussions, help and reliability.",
      },
      {
        heading: "Growth",
        prompt: "What could {person} do differently, so that our work together becomes even better? With an example.",
      },
      { heading: "What next", prompt: "What should {person} keep doing, and what would I like {person} to try next?" },
    ],
  },
  {
    id: "promotion",
    label: "Promotion case",
    description: "You show that a person already works at the next level.",
    perspective: "MANAGER",
    sections: [
      {
        heading: "The case in short",
        prompt: "Why is {person} ready for the next level? Three or four sentences with the strongest reasons.",
      },
      {
        heading: "Achievements",
        prompt:
          "Which results show work at the next level? For each: the situation, what {person} did, how hard it was, and what came of it.",
      },
      {
        heading: "Scope and impact",
        prompt:
          "How far does the work of {person} reach: one team, several teams, the company? What did it change? Only numbers that the evidence has.",
      },
      {
        heading: "Leadership and collaboration",
        prompt: "How does {person} make others better, and decide things together with them? With examples.",
      },
      {
        heading: "What is missing",
        prompt:
          "What does the evidence not show yet, or where does {person} still have to grow? Say it openly, so that readers can trust the rest.",
      },
      {
        heading: "Goals",
        prompt: "What should {person} take on at the next level, and which support will {person} need for it?",
      },
    ],
  },
  {
    id: "empty",
    label: "Empty document",
    description: "You add the sections yourself.",
    perspective: "SELF",
    sections: [],
  },
];

/** The prompt of a section with the name of the person. */
export function promptFor({ prompt }: Section, personName: string): string {
  const name = personName.trim() || "this person";
  return prompt.replaceAll("{person}", () => name);
}
