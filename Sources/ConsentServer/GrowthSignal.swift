internal import Synchronization

/// Wakes those who wait for the ledger to grow.
final class GrowthSignal: Sendable {
    private struct State {
        var generation: UInt64 = 0
        var isEnded = false
        var next: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Something was recorded.
    func announce() { wake { $0.generation += 1 } }

    /// Nobody waits from now on: the server ends.
    func end() { wake { $0.isEnded = true } }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// How often something was recorded. To be taken before looking at the ledger, so that nothing is missed.
    var generation: UInt64 { state.withLock { $0.generation } }

    var isEnded: Bool { state.withLock { $0.isEnded } }

    /// Waits until something was recorded after `generation`, the server ends, the task is cancelled, or `longest` is over.
    func wait(after generation: UInt64, atMost longest: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(after: generation) }
            group.addTask { try? await Task.sleep(for: longest) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait(after generation: UInt64) async {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    guard state.generation == generation, !state.isEnded, !Task.isCancelled else { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }
}
