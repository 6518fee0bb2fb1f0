#pragma once

#include "actor/from.hpp"
#include "actor/gen_server_body.hpp"
#include "actor/process.hpp"
#include "actor/server_answer.hpp"
#include "actor/server_control.hpp"
#include "actor/server_ref.hpp"
#include "actor/server_start.hpp"

namespace kith {

/// A server process: private state and one handler for each message of its protocol, each run to
/// its end before the next; a handler may wait (call, receive, sleep) and then only this process
/// does.
///
/// For a request: `Reply handle_call(const M&)`, also returning `Result<Reply>` or `Answer<Reply>`,
/// or `void handle_call(const M&, From<Reply>)` to answer later. Else: `void handle_cast(const M&)`
/// or `void handle_info(const M&)`, also returning `Then`. Optional: `init()`, `terminate(reason)`,
/// `handle_info(const Down&)`, `handle_info(const Exit&)`, `handle_info(const Timeout&)`.
/// The constructor runs in the new process. Source: gen_server(3).
/// Thread-safety: handlers run one at a time; the object is never touched by another process.
template <typename Derived, typename P>
class GenServer : public StartsServer<Derived, P, detail::GenServerBody<Derived, P>> {};

}  // namespace kith
