#include "registry/global_registry.hpp"

namespace kith {

std::optional<Pid> GlobalRegistry::whereis(const std::string& name) const {
  const auto holder = lookup(name);
  if (!holder) return std::nullopt;
  return holder->pid;
}

std::optional<registry::Candidate> GlobalRegistry::lookup(const std::string& name) const {
  const MutexLock lock(mutex_);
  return directory_.lookup(name);
}

std::map<std::string, registry::Candidate> GlobalRegistry::names() const {
  const MutexLock lock(mutex_);
  return directory_.names();
}

std::vector<registry::NameEvent> GlobalRegistry::apply(const cluster::LogEvent& event) {
  const MutexLock lock(mutex_);
  return directory_.apply(event);
}

}  // namespace kith
