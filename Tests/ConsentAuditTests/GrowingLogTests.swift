import ConsentAudit
import DamagedLedgers
import Synchronization
import Testing
import TransparencyLog

/// A log that is written while it is read: its writer publishes between any two reads, and removes the partial tiles that
/// full ones took the place of. What the checkpoint covers is there all the time, so nothing is wrong.
@Suite struct GrowingLogTests {
    /// Steps to the next state of the log at the reads that are in `steps`.
    final class GrowingLog: LogReader {
        private let states: [MemoryLog]
        private let steps: Set<Int>
        private let progress = Mutex((reads: 0, state: 0))

        init(states: [MemoryLog], steps: Set<Int>) {
            self.states = states
            self.steps = steps
        }

        /// How far the writer has got.
        var state: Int { progress.withLock { $0.state } }

        private func current() -> MemoryLog {
            progress.withLock { progress in
                if steps.contains(progress.reads), progress.state < states.count - 1 { progress.state += 1 }
                progress.reads += 1
                return states[progress.state]
            }
        }

        func read(_ path: String) throws -> [UInt8]? { try current().read(path) }
        func list(_ directory: String) throws -> [String] { try current().list(directory) }
    }

    /// Each file operation of a writer that publishes at `sizes` as a state of its own, in the writer's order.
    static func states(_ sizes: [Int]) -> (states: [MemoryLog], pins: Pins) {
        let builder = LogBuilder()
        builder.found()
        var states: [MemoryLog] = []
        var visible = MemoryLog()
        for size in sizes {
            while builder.size < size { builder.appendOrdinary() }
            builder.publish()
            let changed = builder.log.files.filter { visible.files[$0.key] != $0.value }
            func rank(_ path: String) -> Int {
                path == "checkpoint" ? 3 : path.hasPrefix("checkpoints/") ? 2 : path.hasPrefix("tile/entries") ? 0 : 1
            }
            for path in changed.keys.sorted(by: { (rank($0), $0) < (rank($1), $1) }) {
                visible.files[path] = changed[path]
                if states.isEmpty == false || path == "checkpoint" { states.append(visible) }
            }
            for path in visible.files.keys.sorted() where path.contains(".p/") {
                guard let tile = try? Tile(path: path), visible.files[tile.full.path] != nil else { continue }
                visible.files[path] = nil
                builder.log.files[path] = nil
                states.append(visible)
            }
        }
        return (states, builder.pins)
    }

    @Test(arguments: 0..<60) func isNoAlarm(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        let (states, pins) = Self.states([40, 200, 250, 256, 300, 520])
        let rate = [1, 2, 3, 7][seed % 4]
        let steps = Set((0..<400).filter { $0 == 9 || random.next() % UInt64(rate) == 0 })
        let log = GrowingLog(states: states, steps: steps)
        let report = try await Verifier(reader: log, pins: pins).verify()
        #expect(report.holds, "seed \(seed): \(report.findings.map(\.sentence))")
        #expect(log.state > 0)
    }

    /// At every single read, all that the writer does happens at once.
    @Test func atEveryRead() async throws {
        let (states, pins) = Self.states([250, 300])
        let ends = [states[0], states[states.count - 1]]
        for read in 0..<40 {
            let report = try await Verifier(reader: GrowingLog(states: ends, steps: [read]), pins: pins).verify()
            #expect(report.holds, "at read \(read): \(report.findings.map(\.sentence))")
        }
    }
}
