//! Assumptions: what must be true for a protocol to keep its promises.

use serde::Serialize;

/// A condition that a protocol needs in order to keep its promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assumption {
    /// Every message between processes that stay up is received once.
    ReliableLinks,
    /// A message that is sent for ever arrives in the end.
    FairLossLinks,
    /// Messages of one link arrive in the order in which they were sent.
    FifoLinks,
    /// A process that stops never comes back.
    CrashStop,
    /// A process that stops may come back with what it stored.
    CrashRecovery,
    /// A process that stops comes back some day.
    BackInTheEnd,
    /// From some time on delivery and processing keep some bound.
    EventualSynchrony,
    /// All clocks go equally fast.
    SteadyClocks,
    /// Delivery and processing within the bounds that the protocol's timers were set for.
    Synchrony,
    /// Nobody crashes.
    NoCrash,
    /// p0 does not crash.
    FirstUp,
    /// One of p0 and p1 does not crash.
    ProposerUp,
    /// At most one process crashes.
    OneCrash,
    /// At most `faults` processes crash, a parameter of the protocol.
    FewCrashes,
    /// Fewer than half of the processes crash.
    MajorityUp,
    /// No more processes are faulty than the protocol is made for, and those may do anything.
    FewLiars,
    /// The process that is named as a message's sender has sent it.
    AuthenticatedLinks,
    /// Somebody on the link changes, repeats and invents messages, and loses some.
    Intruder,
    /// There is a link between every two processes: of an entry whose network is complete.
    CompleteNetwork,
    /// There is a link between p0 and every other process: of an entry whose network is a star.
    StarNetwork,
}

impl Assumption {
    /// The name in files, in kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Assumption::ReliableLinks => "reliable-links",
            Assumption::FairLossLinks => "fair-loss-links",
            Assumption::FifoLinks => "fifo-links",
            Assumption::CrashStop => "crash-stop",
            Assumption::CrashRecovery => "crash-recovery",
            Assumption::BackInTheEnd => "back-in-the-end",
            Assumption::EventualSynchrony => "eventual-synchrony",
            Assumption::SteadyClocks => "steady-clocks",
            Assumption::Synchrony => "synchrony",
            Assumption::NoCrash => "no-crash",
            Assumption::FirstUp => "first-up",
            Assumption::ProposerUp => "proposer-up",
            Assumption::OneCrash => "one-crash",
            Assumption::FewCrashes => "few-crashes",
            Assumption::MajorityUp => "majority-up",
            Assumption::FewLiars => "few-liars",
            Assumption::AuthenticatedLinks => "authenticated-links",
            Assumption::Intruder => "intruder",
            Assumption::CompleteNetwork => "complete-network",
            Assumption::StarNetwork => "star-network",
        }
    }

    /// The assumption as a short sentence.
    pub fn text(self) -> &'static str {
        match self {
            Assumption::ReliableLinks => "links are reliable",
            Assumption::FairLossLinks => "a message that is sent again and again arrives in the end",
            Assumption::FifoLinks => "links keep the order",
            Assumption::CrashStop => "a process that stops never comes back",
            Assumption::CrashRecovery => "a process that stops may come back with what it stored",
            Assumption::BackInTheEnd => "a process that stops comes back in the end",
            Assumption::EventualSynchrony => "from some time on messages and steps keep a bound, which nobody knows",
            Assumption::SteadyClocks => "all clocks go equally fast",
            Assumption::Synchrony => "messages and steps keep their time bounds",
            Assumption::NoCrash => "nobody crashes",
            Assumption::FirstUp => "p0 stays up",
            Assumption::ProposerUp => "p0 or p1 stays up",
            Assumption::OneCrash => "at most one process crashes",
            Assumption::FewCrashes => "no more processes crash than the parameter “faults” says",
            Assumption::FewLiars => "no more processes lie than it is made for",
            Assumption::AuthenticatedLinks => "nobody writes in another's name",
            Assumption::CompleteNetwork => "everybody has a link to everybody",
            Assumption::StarNetwork => "everybody has a link to p0",
            Assumption::Intruder => "an intruder may change, repeat, invent and lose messages",
            Assumption::MajorityUp => "more than half of the processes stay up",
        }
    }
}
