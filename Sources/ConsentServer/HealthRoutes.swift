internal import ConsentLedger
internal import ConsentModel
internal import Glibc
internal import HTTPTypes
internal import Hummingbird

/// Whether the server lives, is ready, and what it counts: for those who run it.
enum HealthRoutes {
    /// With less room on the ledger's disk, in bytes, the server says that it is not ready.
    static let leastRoom: UInt64 = 64 << 20

    static let routes = [
        Route(method: .get, path: "/healthz", operation: "health", roles: nil) { _ in
            Response(["status": .string("ok")])
        },
        Route(method: .get, path: "/readyz", operation: "readiness", roles: nil) { exchange in
            var failed: [String] = []
            // Publishing what there is shows that the writer goes on.
            do { try await exchange.server.ledger.publish() } catch { failed.append("writer") }
            do { _ = try await exchange.server.ledger.read { $0.size } } catch { failed.append("index") }
            if try await exchange.server.ledger.room() < leastRoom { failed.append("disk") }
            return Response(
                ["status": .string(failed.isEmpty ? "ready" : "not ready"), "failed": .strings(failed)],
                status: failed.isEmpty ? .ok : .serviceUnavailable)
        },
        Route(method: .get, path: "/metrics", operation: "metrics", roles: [.audit]) { exchange in
            let (size, age) = try await exchange.server.ledger.read { [clock = exchange.server.clock] snapshot in
                (snapshot.size, snapshot.age(at: clock.now()))
            }
            return Response(
                text: exchange.server.metrics.text(size: size, ageMilliseconds: age),
                mediaType: "text/plain; version=0.0.4; charset=utf-8")
        },
    ]
}

extension ServedLedger {
    /// How many bytes its disk has left for us.
    fileprivate func room() async throws -> UInt64 {
        try await blocking { [directory] in
            var status = statvfs()
            guard statvfs(directory, &status) == 0 else { return 0 }
            return UInt64(status.f_bavail) * UInt64(status.f_frsize)
        }
    }
}
