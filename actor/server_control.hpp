#pragma once

#include "actor/process.hpp"
#include "actor/server_ref.hpp"

/// What can be done to a server of any kind from outside.
namespace kith {

/// Ends a server in an orderly way and waits for it: `terminate` runs. Errors: `no_process`,
/// `timeout`, `crashed` when it ended for another reason. Source: gen_server:stop/3.
Result<void> stop_server(const ServerAddress& server, ExitReason reason = "normal",
                         Duration timeout = infinite);
/// Holds a server back: it handles no messages until `resume_server`, they wait in its mailbox.
/// Requests to the server itself (stop, its state, resume) and the end of its parent are seen to.
/// Errors: as `call`. Source: sys:suspend/2.
Result<void> suspend_server(const ServerAddress& server,
                            Duration timeout = limits::call_timeout_default);
/// Lets it go on; harmless when it is not held back. Errors: as `call`. Source: sys:resume/2.
Result<void> resume_server(const ServerAddress& server,
                           Duration timeout = limits::call_timeout_default);

}  // namespace kith
