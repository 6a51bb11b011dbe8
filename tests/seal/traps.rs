//! What vendors write, one test for each trap.
