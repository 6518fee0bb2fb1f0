// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/field_names.hpp"

#include <array>

namespace kith::replay {
namespace {

using enum LineField;

// kith's own names come first, so that a log can override the others. Then the most exact: times
// with fractions, addresses determined by the server itself, the original path.
constexpr std::array names{
    FieldName{time, "time"},
    FieldName{time, "ts"},
    FieldName{time, "msec"},
    FieldName{time, "time_iso8601"},
    FieldName{time, "time_local"},
    FieldName{ip, "ip"},
    FieldName{ip, "remote_addr"},
    FieldName{ip, "client_ip", "request"},
    FieldName{ip, "remote_ip", "request"},
    FieldName{ip, "proxy_protocol_addr"},
    FieldName{ip, "http_x_real_ip"},
    FieldName{ip, "http_x_forwarded_for"},
    FieldName{user, "user"},
    FieldName{user, "remote_user"},
    FieldName{user, "user_id"},
    FieldName{path, "path"},
    FieldName{path, "request_uri"},
    FieldName{path, "uri", "request"},
    FieldName{request, "request"},
    FieldName{path, "uri"},
    FieldName{path, "document_uri"},
    FieldName{status, "status"},
};

}  // namespace

std::span<const FieldName> field_names() {
  return names;
}

}  // namespace kith::replay
