import { Center, Loader, Tabs } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useNavigate, useParams } from "react-router";
import { PageHeader } from "../components/page-header";
import { CrashBoundary } from "../layout/crash-boundary";
import { EvidenceSection } from "../library/evidence-section";

const GoalsSection = lazy(() => import("../library/goals-section"));
const ReviewsSection = lazy(() => import("../library/reviews-section"));

export default function LibraryPage() {
  const { tab } = useParams();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="Library" description="Drafts are written from your evidence, goals and past reviews." />
      <Tabs
        value={tab === "goals" || tab === "reviews" ? tab : "evidence"}
        onChange={(chosen) => navigate(`/library/${chosen}`)}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="evidence">Evidence</Tabs.Tab>
          <Tabs.Tab value="goals">Goals</Tabs.Tab>
          <Tabs.Tab value="reviews">Reviews</Tabs.Tab>
        </Tabs.List>
        <CrashBoundary of="part">
          <Suspense
            fallback={
              <Center py="xl">
                <Loader aria-label="Loading" />
              </Center>
            }
          >
            <Tabs.Panel value="evidence">
              <EvidenceSection />
            </Tabs.Panel>
            <Tabs.Panel value="goals">
              <GoalsSection />
            </Tabs.Panel>
            <Tabs.Panel value="reviews">
              <ReviewsSection />
            </Tabs.Panel>
          </Suspense>
        </CrashBoundary>
      </Tabs>
    </>
  );
}
