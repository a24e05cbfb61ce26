//! How much of everything there was: a simulation in which something never happens proves nothing about it.

macro_rules! tally {
    ($($(#[$comment:meta])* $count:ident,)*) => {
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Tally {
            $($(#[$comment])* pub $count: usize,)*
        }

        impl Tally {
            pub fn check_all_happened(&self) {
                $(assert!(self.$count > 0, "there are no {}: {self:?}", stringify!($count));)*
            }
        }

        impl std::ops::AddAssign for Tally {
            fn add_assign(&mut self, other: Tally) {
                $(self.$count += other.$count;)*
            }
        }
    };
}

tally! {
    messages,
    delivered,
    stand_ins,
    replies,
    refusals,
    failures,
    not_sent,
    sockets,
    fetches,
    pushes,
    polling,
    gaps,
    /// Messages that a tail never saw, for they had expired.
    unseen,
    tails,
    handled,
    failed_jobs,
    lost_jobs,
    undeleted,
    /// Counts and failures that watches were told, and queues that were gone.
    counted,
    uncounted,
    unwatched,
    /// Parts of posts that others followed.
    parts,
    /// Posts that failed when some of their messages were stored.
    partial,
    /// Claims that the application renewed.
    renewed,
    /// Pages that were for several tails.
    shared,
    /// HTTP answers of proxies, redirects, and answers that end in the middle.
    proxies,
    redirects,
    cut_off,
    /// Jumps of the clock.
    sleeps,
}
