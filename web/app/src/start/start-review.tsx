import { Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useCreateDocument } from "../api/documents";
import { useInFlightGuard } from "../components/use-in-flight-guard";
import { useImport } from "../library/import/use-import";
import { EvidenceStep } from "./evidence-step";
import { ReviewForm } from "./review-form";
import { blocksOf, documentOf, firstPlan } from "./review-plan";
import classes from "./start.module.css";

/** The two steps to a new review: the evidence, then the kind of review. */
export default function StartReview() {
  const [today] = useState(() => new Date());
  const [plan, setPlan] = useState(() => firstPlan(today));
  const [step, setStep] = useState<1 | 2>(1);
  const navigate = useNavigate();
  const create = useCreateDocument(({ id }) => navigate(`/documents/${id}`));
  const guard = useInFlightGuard();
  // Rejected rows and notes are worth reading before the next step.
  const importing = useImport("evidence", ({ rejected, notes }) => {
    if (rejected.length === 0 && notes.length === 0) setStep(2);
  });
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step);

  useEffect(() => {
    if (shown.current !== step) heading.current?.focus();
    shown.current = step;
  }, [step]);

  return (
    <section className={classes.start} aria-labelledby="start-step">
      <Text size="sm" c="dimmed">
        Step {step} of 2
      </Text>
      <h2 id="start-step" ref={heading} tabIndex={-1} className={classes.step}>
        {step === 1 ? "Your evidence" : "Your review"}
      </h2>
      {step === 1 ? (
        <EvidenceStep importing={importing} onContinue={() => setStep(2)} />
      ) : (
        <ReviewForm
          today={today}
          plan={plan}
          imported={importing.outcome?.isCheck === false ? importing.outcome : null}
          pending={create.isPending}
          error={create.error}
          onChange={(part) => setPlan({ ...plan, ...part })}
          onBack={() => setStep(1)}
          onSubmit={() => {
            const review = { ...documentOf(plan, today), blocks: blocksOf(plan) };
            guard((done) => create.mutate(review, { onSettled: done }));
          }}
        />
      )}
    </section>
  );
}
