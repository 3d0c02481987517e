// The signals that a process which writes evidence gets from outside: SIGTERM and SIGINT end it in
// order; SIGHUP asks for a reload, of which there is none; SIGPIPE, a reader gone, means nothing.
#pragma once

namespace spoor::collector {

// Before any thread is made, so that all inherit it and only wait_for_stop() takes them.
void block_signals();
// Returns the signal that asks to stop.
int wait_for_stop();

}  // namespace spoor::collector
