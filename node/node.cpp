// SPDX-License-Identifier: Apache-2.0
#include "node/node.hpp"

#include <algorithm>
#include <optional>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "core/random.hpp"
#include "node/cluster_process.hpp"
#include "node/cluster_view.hpp"
#include "node/gateway.hpp"
#include "node/join_look.hpp"
#include "node/listen_address.hpp"
#include "node/table_store.hpp"
#include "node/version.hpp"
#include "resilience/breaker_service.hpp"
#include "resilience/limit_service.hpp"
#include "table/table_directory.hpp"
#include "table/table_service.hpp"
#include "transport/answer.hpp"
#include "transport/codec.hpp"
#include "transport/handler_gate.hpp"
#include "transport/own_address.hpp"
#include "transport/zmq_transport.hpp"

namespace kith {

using namespace node;

namespace {

/// Services that receive what the transport delivers; numbered above those of partitions.
constexpr std::uint32_t cluster_service = 8;
constexpr std::uint32_t gateway_service = 9;

/// Draws the boot id first, because the default name may contain it.
NodeId new_id(const NodeOptions& options, Random& random) {
  NodeId id;
  while (id.boot == 0) id.boot = random.next();
  id.name = options.name.empty() ? default_node_name(options.listen, id.boot) : options.name;
  return id;
}

Result<void> check(const NodeOptions& options) {
  if (const auto named = check_node_name(options.name); !named) return named;
  if (!options.transport && !options.insecure && !is_loopback(options.listen)) {
    return Error(ErrorCode::unauthorised,
                 "listening at " + options.listen +
                     " lets anyone who reaches the port control this node: bind to 127.0.0.1, or "
                     "pass --insecure on a network that only the cluster can reach");
  }
  return {};
}

cluster::MembershipOptions membership_options(const NodeOptions& options) {
  using cluster::MembershipOptions;
  MembershipOptions result;
  switch (options.profile) {
    case Profile::automatic:
      result = is_loopback(options.listen) ? MembershipOptions::local() : MembershipOptions::lan();
      break;
    case Profile::local:
      result = MembershipOptions::local();
      break;
    case Profile::lan:
      result = MembershipOptions::lan();
      break;
    case Profile::compose:
      result = MembershipOptions::compose();
      break;
  }
  result.cluster = options.cluster;
  return result;
}

}  // namespace

/// Holds the parts of a node. Members are declared after those that they depend on, so that they
/// are destroyed before them.
struct Node::World final : transport::TransportHandler {
  NodeOptions options;
  SystemClock own_clock;
  Clock& clock;
  Random random;
  transport::MessagePack format;
  NodeId id;
  transport::Address bound;
  transport::Address address;
  std::shared_ptr<Log> log;
  std::shared_ptr<transport::Transport> transport;
  transport::HandlerGate gate;  ///< keeps or refuses what arrives before all services run
  std::unique_ptr<System> system;
  std::unique_ptr<cluster::RemoteRouter> router;
  std::unique_ptr<ClusterView> view;
  std::shared_ptr<GlobalRegistry> names;
  std::optional<TableDirectory> tables;
  TimePoint started;
  Mutex mutex;
  std::function<void()> leave_callback KITH_GUARDED_BY(mutex);
  bool leave_requested KITH_GUARDED_BY(mutex) = false;
  bool left KITH_GUARDED_BY(mutex) = false;
  bool stopped KITH_GUARDED_BY(mutex) = false;

  explicit World(NodeOptions given)
      : options(std::move(given)),
        clock(options.clock == nullptr ? own_clock : *options.clock),
        random(options.seed == 0 ? entropy() : options.seed),
        id(new_id(options, random)),
        log(options.log ? options.log
                        : make_console_log(LogLevel::warning, LogFormat::text, id.name)),
        transport(options.transport ? options.transport : transport::make_zmq_transport(log)),
        gate(*this,
             {.refuse =
                  [this](const transport::ClientId& client, const Error& why) {
                    transport->reply(client, transport::encode_answer(why));
                  },
              .disconnect = [this](const transport::Address& to) { transport->disconnect(to); }}) {
    started = clock.now();
  }

  /// Return true for the first call only, so that the node leaves and stops once.
  bool first_to_leave() {
    const MutexLock lock(mutex);
    return !std::exchange(left, true);
  }
  bool first_to_stop() {
    const MutexLock lock(mutex);
    return !std::exchange(stopped, true);
  }
  [[nodiscard]] Pid service(std::uint32_t number) const { return service_pid(id.boot, number); }

  Result<void> start(Node& node);
  template <typename Server, typename... A>
  Result<void> serve(std::uint32_t number, const char* label, A&&... arguments);

  void on_message(const transport::Peer& from, transport::Channel channel,
                  BytesView message) override {
    if (channel == transport::Channel::app) return router->receive(from, message);
    static_cast<void>(
        send(*system, service(cluster_service), FrameArrived{from, to_owned(message)}));
  }
  void on_lost(const NodeId& peer) override {
    router->on_lost(peer.boot);
    static_cast<void>(send(*system, service(cluster_service), PeerLost{peer}));
  }
  void on_request(const transport::ClientId& client, BytesView request) override {
    auto answer = std::make_shared<PendingAnswer>(*transport, client);
    static_cast<void>(send(*system, service(gateway_service),
                           GatewayRequest{std::move(answer), to_owned(request)}));
  }
};

/// Starts a server under the root process and makes it the one that answers for a service.
template <typename Server, typename... A>
Result<void> Node::World::serve(std::uint32_t number, const char* label, A&&... arguments) {
  StartOptions how;
  how.label = label;
  const auto server = Server::start_link(*system, how, std::forward<A>(arguments)...);
  if (!server) return server.error();
  system->set_service(number, server->pid());
  return {};
}

Result<void> Node::World::start(Node& node) {
  SystemOptions system_options;
  system_options.workers = options.workers;
  system_options.clock = &clock;
  system_options.boot = id.boot;
  system_options.log = log;
  system_options.format = &format;
  system_options.step = options.step;
  system = std::make_unique<System>(system_options);
  router = std::make_unique<cluster::RemoteRouter>(id.boot, *transport, format, *system);
  names = std::make_shared<GlobalRegistry>(*system, id);
  const auto advertise = advertised_address(
      options.listen, options.advertise,
      options.transport ? std::vector<std::string>() : transport::machine_addresses());
  if (!advertise) return advertise.error();
  system->set_remote_sender(router.get());
  // The transport starts before the services because they need the bound address. What arrives
  // until the last service runs waits at the gate.
  auto started_at = transport->start({id, options.cluster, options.listen, *advertise}, gate);
  if (!started_at) return started_at.error();
  bound = *started_at;
  address = transport::advertised(*advertise, bound);

  cluster::Member self;
  self.id = id;
  self.address = address;
  self.started = clock.wall().time_since_epoch().count();
  self.since = clock.now();
  view = std::make_unique<ClusterView>(self);
  const auto number = [](cluster::Service s) { return static_cast<std::uint32_t>(s); };
  if (auto done = serve<resilience::LimitService>(number(cluster::Service::limits), "limits", log,
                                                  options.on_limit_hit);
      !done) {
    return done;
  }
  if (auto done = serve<resilience::BreakerService>(number(cluster::Service::breakers), "breakers",
                                                    log, options.on_breaker_change);
      !done) {
    return done;
  }
  if (auto done = serve<table::TableService>(number(cluster::Service::tables), "tables"); !done) {
    return done;
  }
  auto directory = TableDirectory::start_link(*system);
  if (!directory) return directory.error();
  tables = std::move(*directory);
  if (auto done = serve<TableStore>(table_store_service, "table store", *tables); !done) {
    return done;
  }
  std::vector<transport::Address> seeds = options.seeds;
  std::erase(seeds, address);
  const std::uint64_t seed = random.next();
  std::function<JoinObstacle(const transport::Address&)> look;
  // Only the machine's network can be looked at, not a transport that a test handed in.
  if (!options.transport) {
    look = [seeker = JoinSeeker{id, options.cluster, address}](const transport::Address& there) {
      return look_at_seed(there, seeker, std::chrono::seconds(1));
    };
  }
  if (auto done = serve<ClusterProcess>(
          cluster_service, "cluster",
          ClusterParts{*transport, *router, *view, *names, format, log, membership_options(options),
                       self, seeds, seed, options.on_refused, std::move(look)});
      !done) {
    return done;
  }
  if (auto done = serve<Gateway>(gateway_service, "gateway", std::ref(node)); !done) return done;
  gate.open();
  return {};
}

Node::Node(std::unique_ptr<World> world) : world_(std::move(world)) {}

Result<std::unique_ptr<Node>> Node::start(NodeOptions options) {
  if (const auto good = check(options); !good) return good.error();
  auto node = std::unique_ptr<Node>(new Node(std::make_unique<World>(std::move(options))));
  const Result<void> started = node->world_->start(*node);
  if (!started) return started.error();
  return node;
}

Node::~Node() {
  stop();
}

void Node::stop() {
  if (!world_->system || !world_->first_to_stop()) return;
  // Refuse new requests first; leave while the transport can still send; end the processes last,
  // when no transport thread delivers to them any more.
  world_->gate.close();
  if (world_->view) static_cast<void>(leave());
  world_->transport->stop();
  world_->system->set_remote_sender(nullptr);
  world_->system->stop();
}

System& Node::system() {
  return *world_->system;
}
const NodeId& Node::id() const {
  return world_->id;
}
const std::string& Node::cluster() const {
  return world_->options.cluster;
}
const transport::Address& Node::address() const {
  return world_->address;
}
const transport::Address& Node::listens_at() const {
  return world_->bound;
}
std::vector<cluster::Member> Node::members() const {
  return world_->view->members();
}
bool Node::joined() const {
  return world_->view->joined();
}
const ClusterView& Node::view() const {
  return *world_->view;
}

bool Node::wait_for_members(std::size_t count, Duration timeout) {
  const auto wait = [&]() -> Result<bool> {
    const TimePoint deadline = deadline_after(world_->clock.now(), timeout);
    while (world_->view->active_members() < count) {
      if (world_->clock.now() >= deadline) return false;
      sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  };
  return detail::in_process(&system(), wait).value_or(false);
}

namespace {

ServerRef<ClusterProtocol> cluster_ref(System& system, BootId boot) {
  return {&system, service_pid(boot, cluster_service)};
}

}  // namespace

Result<void> Node::join(const transport::Address& address) {
  return call(cluster_ref(system(), id().boot), JoinCluster{address}, std::chrono::seconds(10));
}

Result<void> Node::leave() {
  if (!world_->first_to_leave()) return {};
  return call(cluster_ref(system(), id().boot), LeaveCluster{});
}

Result<void> Node::register_global(const std::string& name, Pid pid, Value metadata) {
  return call(cluster_ref(system(), id().boot), RegisterName{name, pid, std::move(metadata)});
}

Result<void> Node::unregister_global(const std::string& name) {
  return call(cluster_ref(system(), id().boot), UnregisterName{name, Pid{}});
}

Registration Node::registration(std::string name, Value metadata) {
  Registration registration = [this, name, metadata = std::move(metadata)](Pid pid) {
    return register_global(name, pid, metadata);
  };
  registration.give_back = [this, name = std::move(name)](Pid pid) {
    static_cast<void>(call(cluster_ref(system(), id().boot), UnregisterName{name, pid}));
  };
  return registration;
}

std::optional<Pid> Node::whereis(const std::string& name) const {
  return world_->names->whereis(name);
}

std::map<std::string, registry::Candidate> Node::names() const {
  return world_->names->names();
}

std::vector<std::pair<std::string, registry::Candidate>> Node::names(
    const registry::NameQuery& query) const {
  return world_->names->names(query);
}

std::shared_ptr<const Resolver> Node::names_resolver() const {
  return world_->names;
}

SharedRateLimiter Node::rate_limiter(std::string name, RateLimiterOptions options) {
  return {system(), view(), std::move(name), options};
}

SharedCircuitBreaker Node::breaker(std::string name, CircuitBreakerOptions options) {
  return {system(), view(), std::move(name), options};
}

SharedCircuitBreaker Node::breaker(std::string name) {
  return {system(), view(), std::move(name), std::nullopt};
}

PartitionedTable Node::table(std::string name) {
  return {system(), view(), std::move(name)};
}

const TableDirectory& Node::local_tables() const {
  return *world_->tables;
}

Value Node::info() const {
  const transport::TransportCounters wire = world_->transport->counters();
  const auto number = [](std::uint64_t n) { return Value(static_cast<std::int64_t>(n)); };
  return Value::map({
      {"name", id().name},
      {"boot", fmt::format("{:x}", id().boot)},
      {"cluster", cluster()},
      {"address", address()},
      {"version", std::string(version)},
      {"process", static_cast<std::int64_t>(getpid())},
      {"uptime_ns", (world_->clock.now() - world_->started).count()},
      {"members", number(world_->view->active_members())},
      {"processes", number(world_->system->processes().size())},
      {"names", number(world_->names->size())},
      {"transport", Value::map({{"messages_sent", number(wire.messages_sent)},
                                {"messages_received", number(wire.messages_received)},
                                {"frames_sent", number(wire.frames_sent)},
                                {"frames_received", number(wire.frames_received)},
                                {"frames_refused", number(wire.frames_refused)},
                                {"messages_dropped", number(wire.messages_dropped)},
                                {"requests_refused", number(wire.requests_refused)},
                                {"answers_dropped", number(wire.answers_dropped)}})},
  });
}

void Node::on_leave_request(std::function<void()> callback) {
  bool requested = false;
  {
    const MutexLock lock(world_->mutex);
    world_->leave_callback = callback;
    requested = world_->leave_requested;
  }
  if (requested && callback) callback();  // without the lock: it may call the node
}

void Node::request_leave() {
  std::function<void()> callback;
  {
    const MutexLock lock(world_->mutex);
    world_->leave_requested = true;
    callback = world_->leave_callback;
  }
  if (callback) callback();
}

}  // namespace kith
