// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actor/process.hpp"
#include "actor/server_ref.hpp"

/// Functions that control servers of any kind: stop, suspend, resume.
namespace kith {

/// Ends a server in an orderly way, so that `terminate` runs, and waits for its end. Errors:
/// `no_process`, `timeout`, `crashed` (it ended for another reason). Source: gen_server:stop/3.
Result<void> stop_server(const ServerAddress& server, ExitReason reason = "normal",
                         Duration timeout = infinite);
/// Suspends a server: until `resume_server` its messages stay in the mailbox. It still handles
/// requests to the server itself (stop, its state, resume) and the end of its parent.
/// Errors: as `call`. Source: sys:suspend/2.
Result<void> suspend_server(const ServerAddress& server,
                            Duration timeout = limits::call_timeout_default);
/// Resumes a server; no effect if it is not suspended. Errors: as `call`. Source: sys:resume/2.
Result<void> resume_server(const ServerAddress& server,
                           Duration timeout = limits::call_timeout_default);

}  // namespace kith
