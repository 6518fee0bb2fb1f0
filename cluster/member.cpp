// SPDX-License-Identifier: Apache-2.0
#include "cluster/member.hpp"

#include <utility>

namespace kith::cluster {

std::string_view to_string(MemberStatus status) {
  switch (status) {
    case MemberStatus::up:
      return "up";
    case MemberStatus::suspect:
      return "suspect";
    case MemberStatus::unreachable:
      return "unreachable";
    case MemberStatus::removed:
      return "removed";
    case MemberStatus::left:
      return "left";
  }
  return "unknown";
}

std::string_view to_string(MemberEvent::Kind kind) {
  switch (kind) {
    case MemberEvent::Kind::up:
      return "up";
    case MemberEvent::Kind::suspect:
      return "suspect";
    case MemberEvent::Kind::unreachable:
      return "unreachable";
    case MemberEvent::Kind::down:
      return "removed";
    case MemberEvent::Kind::left:
      return "left";
    case MemberEvent::Kind::updated:
      return "updated";
    case MemberEvent::Kind::join_refused:
      return "join_refused";
  }
  return "unknown";
}

MemberState to_state(const Member& member) {
  return {.name = member.id.name,
          .boot = member.id.boot,
          .started = member.started,
          .address = member.address,
          .incarnation = member.incarnation,
          .status = member.status,
          .weight = member.weight,
          .by = {}};
}

Member to_member(const MemberState& state, TimePoint now) {
  return {.id = {state.name, state.boot},
          .address = state.address,
          .started = state.started,
          .incarnation = state.incarnation,
          .status = state.status,
          .weight = state.weight,
          .since = now};
}

bool is_newer_boot(const MemberState& a, const Member& b) {
  return std::pair(a.started, a.boot) > std::pair(b.started, b.id.boot);
}

}  // namespace kith::cluster
