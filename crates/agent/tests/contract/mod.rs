//! What every engine promises, as a list of tests over [`allot_agent::engine::Engine`].
//!
//! Each test gets a [`Plot`]: an engine and a stack name of its own, cleared away afterwards. The images and
//! commands work on a real engine; the `SIM_*` variables beside them tell the simulated one to behave alike.

mod objects;
mod plot;
mod tasks;

pub use plot::run;

pub use objects::*;
pub use tasks::*;

/// Makes one test of the given attribute for every promise; needs a function `engine()` beside it.
#[macro_export]
macro_rules! contract_tests {
    (@list $attribute:tt $($name:ident)*) => { $( $crate::contract_tests! { @one $attribute $name } )* };
    (@one [$($attribute:tt)*] $name:ident) => {
        #[$($attribute)*]
        async fn $name() {
            contract::run(stringify!($name), engine(), |plot| Box::pin(contract::$name(plot))).await;
        }
    };
    ($($attribute:tt)*) => {
        $crate::contract_tests! { @list [$($attribute)*]
            an_engine_says_what_it_is
            a_second_object_of_a_name_is_refused
            an_object_that_is_gone_is_not_found
            a_secret_or_config_in_use_stays
            a_snapshot_holds_one_stack_only
            names_are_matched_whole
            a_service_must_name_secrets_and_networks_that_are_there
            a_service_comes_up_and_its_tasks_match_its_spec
            removing_a_service_lets_its_network_go
            an_update_needs_the_version_that_was_read
        }
    };
}
