public import ConsentAudit
internal import ConsentModel
internal import Dispatch
internal import LedgerCrypto
internal import Synchronization

/// Changes a bundle of evidence in every way that there is, one at a time, and sees that the verifier finds it and names the
/// file: every byte of every file, by somebody who makes the checksums again; every file dropped, doubled and moved; every
/// byte of the archive's own headers; every record left out, by somebody who makes page and document again.
public struct EvidenceTampering: Sendable {
    /// What came of it.
    public struct Outcome: Sendable {
        /// How many changes of each kind were made.
        public var cases: [String: Int] = [:]
        /// What was not found, or not by its name.
        public var missed: [String] = []
    }

    private let bundle: [UInt8]
    private let files: [(name: String, bytes: [UInt8])]
    private let pins: Pins
    /// How many changes are made; of more that there are, as many are drawn.
    private let mostCases: Int
    private let seed: UInt64

    private static let document = "evidence.json"
    private static let sums = "SHA256SUMS"
    private static let script = "verify.py"
    private static let remaking = "record dropped, all made again"

    /// Throws as `StoredArchive` does for what is no bundle.
    public init(_ bundle: [UInt8], pins: Pins, mostCases: Int, seed: UInt64) throws {
        let archive = try StoredArchive(reading: MemorySource(bundle))
        files = try archive.entries.map { ($0.name, try archive.bytes(of: $0, most: bundle.count) ?? []) }
        self.bundle = bundle
        self.pins = pins
        self.mostCases = mostCases
        self.seed = seed
    }

    /// Makes all changes; the cores share the work.
    public func run() -> Outcome {
        var random = SplitMix(seed: seed)
        var cases = byteCases(&random) + fileCases() + headerCases(&random) + recordCases()
        if cases.count > mostCases { cases = Array(cases.shuffled(using: &random).prefix(mostCases)) }
        return run(cases)
    }

    /// Leaves out each record that another one follows, and makes all again that follows from the records.
    public func recordsLeftOut() -> Outcome { run(recordCases()) }

    private func run(_ drawn: [Change]) -> Outcome {
        let outcome = Mutex(Outcome())
        DispatchQueue.concurrentPerform(iterations: drawn.count) { position in
            let change = drawn[position]
            let isFound = isFound(change)
            outcome.withLock { outcome in
                outcome.cases[change.kind, default: 0] += 1
                if !isFound { outcome.missed.append("\(change.kind): \(change.title), seed \(seed)") }
            }
        }
        return outcome.withLock { $0 }
    }

    /// One change.
    private struct Change: Sendable {
        let kind: String
        let title: String
        /// What a finding must name; `nil`: anything.
        let file: String?
        let make: @Sendable () throws -> [UInt8]
    }

    private func isFound(_ change: Change) -> Bool {
        do {
            let report = try EvidenceVerifier(pins: pins).verify(MemorySource(try change.make()))
            guard let file = change.file else { return !report.holds }
            // Nothing in a bundle says which verifier must be in it; but it is told that it is not ours.
            if file == Self.script, report.notCovered.contains(where: { $0.code == .otherVerifier }) { return true }
            return report.findings.contains { $0.file == file }
        } catch let error as AuditError where error.code == .notEvidence {
            return change.file == nil || change.file == Self.document
        } catch {
            // What cannot be made again without it could not be shown to anybody.
            return change.kind == Self.remaking
        }
    }

    private func byteCases(_ random: inout SplitMix) -> [Change] {
        var cases: [Change] = []
        for (position, file) in files.enumerated() {
            // Where not all are changed, every file counts alike, whatever its size.
            let places =
                mostCases == .max
                ? Array(file.bytes.indices)
                : (0..<max(8, mostCases / (2 * files.count))).map { _ in
                    Int.random(in: file.bytes.indices, using: &random)
                }
            for place in places {
                let mask = UInt8.random(in: 1...255, using: &random)
                cases.append(
                    Change(kind: "byte changed", title: "\(file.name), byte \(place)", file: file.name) {
                        var files = self.files
                        files[position].bytes[place] ^= mask
                        return try StoredArchive.bytes(of: file.name == Self.sums ? files : Self.summed(files))
                    })
            }
        }
        return cases
    }

    private func fileCases() -> [Change] {
        files.enumerated().flatMap { position, file -> [Change] in
            [
                Change(kind: "file dropped", title: file.name, file: file.name) {
                    var files = self.files
                    files.remove(at: position)
                    return try StoredArchive.bytes(of: files)
                },
                // With the sums made again, what is missing may be told by what asks for it.
                Change(kind: "file dropped, sums made again", title: file.name, file: nil) {
                    var files = self.files
                    files.remove(at: position)
                    return try StoredArchive.bytes(of: Self.summed(files))
                },
                Change(kind: "file doubled", title: file.name, file: nil) {
                    var files = self.files
                    files.insert(file, at: position)
                    return try StoredArchive.bytes(of: Self.summed(files))
                },
                Change(kind: "file moved", title: file.name, file: nil) {
                    var files = self.files
                    files.swapAt(position, (position + 1) % files.count)
                    return try StoredArchive.bytes(of: Self.summed(files))
                },
                Change(kind: "file cut", title: file.name, file: file.name) {
                    var files = self.files
                    files[position].bytes.removeLast(min(1, file.bytes.count))
                    return try StoredArchive.bytes(of: file.name == Self.sums ? files : Self.summed(files))
                },
                Change(kind: "file made longer", title: file.name, file: file.name) {
                    var files = self.files
                    files[position].bytes.append(0x0a)
                    return try StoredArchive.bytes(of: file.name == Self.sums ? files : Self.summed(files))
                },
            ]
        }
    }

    /// Each record that another one here follows, left out, with all made again that follows from the records: the page, the
    /// document, the sums. (One that nothing follows can be left out; that is said of every bundle.)
    private func recordCases() -> [Change] {
        let records = files.compactMap { file in
            file.name.hasPrefix("records/") ? try? Record(decoding: file.bytes[...]) : nil
        }
        let own = (try? EvidenceVerifier(pins: pins).verify(MemorySource(bundle)))?.request?.handle
        let chains = [.ledger] + [own.map { Chain.contact($0) }].compactMap(\.self)
        let followed = Set(
            records.flatMap(\.links).filter { chains.contains($0.chain) && $0.sequence > 0 }.map(\.previousIndex))
        return followed.sorted().map { index in
            Change(kind: Self.remaking, title: "record \(index)", file: nil) {
                try EvidenceVerifier.remade(
                    self.bundle,
                    without: ["records/\(index)", "proofs/\(index).tlog-proof", "private/\(index).json"])
            }
        }
    }

    /// Every byte that is of no file, changed in the archive; and the archive cut, and made longer.
    private func headerCases(_ random: inout SplitMix) -> [Change] {
        var places: [Int] = []
        var next = 0
        for file in files {
            let header = 30 + file.name.utf8.count
            places += next..<next + header
            next += header + file.bytes.count
        }
        places += next..<bundle.count
        if mostCases < .max { places = Array(places.shuffled(using: &random).prefix(200)) }
        let bundle = bundle
        let changed = places.map { place -> Change in
            let mask = UInt8.random(in: 1...255, using: &random)
            return Change(kind: "header changed", title: "byte \(place)", file: nil) {
                var bytes = bundle
                bytes[place] ^= mask
                return bytes
            }
        }
        let cut = [0, 1, 21, 22, bundle.count - 1].map { count in
            Change(kind: "archive cut", title: "\(count) bytes", file: nil) { Array(bundle.prefix(count)) }
        }
        return changed + cut + [
            Change(kind: "archive made longer", title: "at its end", file: nil) { bundle + [0] },
            Change(kind: "archive made longer", title: "at its beginning", file: nil) { [0] + bundle },
        ]
    }

    /// The files with `SHA256SUMS` made again: what somebody would do who changes more than by accident.
    private static func summed(_ files: [(name: String, bytes: [UInt8])]) -> [(name: String, bytes: [UInt8])] {
        let lines = files.filter { $0.name != sums }.flatMap {
            Array("\(SHA256Digest(hashing: $0.bytes))  \($0.name)\n".utf8)
        }
        return files.map { $0.name == sums ? ($0.name, lines) : $0 }
    }
}
