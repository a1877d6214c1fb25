//! What every engine promises, as a list of tests over [`allot_agent::engine::Engine`].
//!
//! Each test gets a [`Plot`]: an engine and a stack name of its own, cleared away afterwards. The images and
//! commands work on a real engine; the `SIM_*` variables beside them tell the simulated one to behave alike.

mod exec;
mod health;
mod jobs;
mod objects;
mod plot;
mod streams;
mod tasks;
mod updates;

pub use plot::run;

pub use exec::*;
pub use health::*;
pub use jobs::*;
pub use objects::*;
pub use streams::*;
pub use tasks::*;
pub use updates::*;

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
            a_spec_comes_back_as_it_was_sent
            a_change_of_a_jobs_labels_runs_it_again
            a_crash_loop_is_visible
            a_missing_image_is_rejected
            a_wrong_command_fails_to_start
            an_unsatisfiable_constraint_leaves_a_task_pending
            a_host_port_is_given_once
            a_service_scaled_to_nothing_has_no_tasks
            a_task_that_ended_well_stays_ended_when_so_asked
            restarts_end_after_so_many_attempts
            a_global_service_runs_once_on_a_node
            volumes_are_made_with_the_first_task_and_stay
            a_health_check_holds_a_task_back_until_it_passes
            an_unhealthy_task_is_ended_and_says_why
            an_unhealthy_task_that_ends_politely_counts_as_complete
            removing_a_job_leaves_no_tasks
            a_start_period_forgives_failures
            a_job_completes_and_runs_again_when_updated
            a_failing_job_tries_again
            an_update_replaces_tasks_and_completes
            starting_first_keeps_the_old_task_until_the_new_one_runs
            a_failing_update_pauses
            a_failing_update_rolls_back
            a_failing_update_goes_on_when_so_asked
            an_update_to_a_missing_image_pauses
            a_change_of_labels_only_leaves_tasks_alone
            events_tell_of_a_change_within_a_second
            events_tell_of_health
            log_lines_name_their_task_and_stream
            a_log_can_be_followed_and_cut
            the_log_of_what_is_gone_is_not_found
            a_command_in_a_container_says_what_it_printed_and_how_it_ended
            of_a_commands_long_output_the_end_is_kept
            a_command_that_takes_too_long_is_not_waited_for
            a_command_in_a_container_that_is_gone_is_refused
            an_image_of_the_node_has_an_id
            an_archive_that_breaks_off_is_refused
        }
    };
}
