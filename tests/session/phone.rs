//! The phone against platforms, pages and hubs that are honest or not: one file for each subject.

mod desk;
mod release;
