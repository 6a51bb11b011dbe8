//! The phone against platforms, pages and hubs that are honest or not: one file for each subject.

mod bids;
mod clock;
mod desk;
mod holdings;
mod known;
mod person;
mod receipts;
mod release;
mod sealing;
mod steps;
mod typed;
