public import ConsentAudit
internal import TransparencyLog

/// Changes a log in every way there is, one at a time, and counts what the verifier makes of it, with the pins given.
public struct TamperCampaign: Sendable {
    private let log: MemoryLog
    private let pins: Pins

    /// A campaign against `log`.
    public init(log: MemoryLog, pins: Pins) {
        self.log = log
        self.pins = pins
    }

    /// What came of the cases.
    public struct Counts: Sendable {
        /// How many cases of each kind there were.
        public fileprivate(set) var cases: [String: Int] = [:]
        /// How many were found at each level.
        public fileprivate(set) var found: [VerificationLevel: Int] = [:]
        /// Bytes of signature lines by keys that were not given: C2SP says to pass over those.
        public fileprivate(set) var linesOfOtherKeys = 0
        /// Older kept checkpoints removed: nothing in a log says which were kept, and no verifier of the log alone can
        /// miss one. What somebody else kept shows it.
        public fileprivate(set) var olderCheckpointsRemoved = 0
        /// Changes that change no byte: files exchanged with their equals.
        public fileprivate(set) var withoutEffect = 0
        /// What nobody found and nothing excuses; there must be none.
        public fileprivate(set) var missed: [TamperCase] = []
        /// What was found, but by findings of which none names a file that was changed; there must be none.
        public fileprivate(set) var unnamed: [TamperCase] = []

        /// How many cases there were.
        public var total: Int { cases.values.reduce(0, +) }

        fileprivate mutating func merge(_ other: Counts) {
            cases.merge(other.cases, uniquingKeysWith: +)
            found.merge(other.found, uniquingKeysWith: +)
            linesOfOtherKeys += other.linesOfOtherKeys
            olderCheckpointsRemoved += other.olderCheckpointsRemoved
            withoutEffect += other.withoutEffect
            missed += other.missed
            unnamed += other.unnamed
        }
    }

    private var paths: [String] { log.files.keys.sorted() }

    /// Every byte of every file, changed by each of `masks`.
    public func byteCases(masks: [UInt8]) -> [TamperCase] {
        paths.flatMap { path in
            (log.files[path] ?? []).indices.flatMap { position in
                masks.map { TamperCase(path: path, change: .byte(position: position, mask: $0)) }
            }
        }
    }

    /// Every file cut to every length that is shorter.
    public func truncations() -> [TamperCase] {
        paths.flatMap { path in
            (0..<(log.files[path] ?? []).count).map { TamperCase(path: path, change: .truncated(length: $0)) }
        }
    }

    /// Every file removed, doubled, and exchanged with the next one in its directory.
    public func fileCases() -> [TamperCase] {
        var cases = paths.flatMap { path in
            [TamperCase(path: path, change: .removed), TamperCase(path: path, change: .doubled)]
        }
        for neighbours in Dictionary(grouping: paths, by: Self.directory(of:)).values {
            for (path, next) in zip(neighbours, neighbours.dropFirst()) {
                cases.append(TamperCase(path: path, change: .exchanged(with: next)))
            }
        }
        return cases.sorted { $0.description < $1.description }
    }

    /// Files added that nothing asks for and that are not what they could be: beside every bundle and tile a narrower
    /// one, of other bytes and of none; a checkpoint of another size than its name's; an object of another hash.
    public func addedFiles() -> [TamperCase] {
        var added: [String: [[UInt8]]] = [:]
        for (path, bytes) in log.files.sorted(by: { $0.key < $1.key }) {
            if let tile = try? Tile(path: path), tile.width > 1, bytes.count > 1 {
                let partial = Tile(tile.row, index: tile.index, width: tile.width - 1).path
                guard log.files[partial] == nil else { continue }
                added[partial] = [[], Array(bytes.dropFirst()), bytes]
            } else if Self.directory(of: path) == "checkpoints" || path == "checkpoint" {
                added["checkpoints/00000000000000000002"] = [[], bytes]
            } else if Self.directory(of: path) == "object" {
                added["object/" + String(path.dropFirst("object/".count).reversed())] = [[], bytes]
            }
        }
        return added.sorted { $0.key < $1.key }.flatMap { path, contents in
            contents.map { TamperCase(path: path, change: .added($0)) }
        }
    }

    /// Runs `cases`, as many at a time as `width`.
    public func run(_ cases: [TamperCase], width: Int = 2) async throws -> Counts {
        let share = (cases.count + max(1, width) - 1) / max(1, width)
        var counts = Counts()
        try await withThrowingTaskGroup(of: Counts.self) { group in
            for start in stride(from: 0, to: cases.count, by: max(1, share)) {
                let part = cases[start..<min(start + share, cases.count)]
                group.addTask {
                    var counts = Counts()
                    for tamperCase in part { try await judge(tamperCase, &counts) }
                    return counts
                }
            }
            for try await part in group { counts.merge(part) }
        }
        return counts
    }

    private func judge(_ tamperCase: TamperCase, _ counts: inout Counts) async throws {
        counts.cases[tamperCase.kind, default: 0] += 1
        let changed = tamperCase.changedFiles(of: log)
        guard changed.contains(where: { $0.value != log.files[$0.key] }) else {
            counts.withoutEffect += 1
            return
        }
        let tampered = TamperedLog(honest: log, changed: changed)
        // Nearly everything is found without verifying a signature, and then none need be.
        for level in [VerificationLevel.tree, .replay] {
            let report = try await Verifier(reader: tampered, pins: pins).verify(level: level)
            if let lowest = report.findings.map(\.level).min() {
                counts.found[lowest, default: 0] += 1
                let names = Set(report.findings.compactMap(\.file))
                if names.isDisjoint(with: changed.keys) { counts.unnamed.append(tamperCase) }
                return
            }
        }
        if isInLineOfAnotherKey(tamperCase) {
            counts.linesOfOtherKeys += 1
        } else if case .removed = tamperCase.change, Self.directory(of: tamperCase.path) == "checkpoints" {
            counts.olderCheckpointsRemoved += 1
        } else {
            counts.missed.append(tamperCase)
        }
    }

    /// Whether a byte was changed in a signature line of a checkpoint by a key that is not pinned.
    private func isInLineOfAnotherKey(_ tamperCase: TamperCase) -> Bool {
        guard case .byte(let position, _) = tamperCase.change,
            tamperCase.path == "checkpoint" || Self.directory(of: tamperCase.path) == "checkpoints",
            let bytes = log.files[tamperCase.path], let note = try? SignedNote(parsing: bytes)
        else { return false }
        guard position > note.text.count, let key = pins.verifierKey else { return false }
        let number = bytes[(note.text.count + 1)..<position].count { $0 == 0x0a }
        let line = note.signatures[number]
        return line.keyID != key.keyID || !line.name.utf8.elementsEqual(key.name.utf8)
    }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}
