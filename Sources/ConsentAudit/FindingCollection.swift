/// Counts every finding and keeps the first ones: enough of each kind that a flood of one does not hide the others.
struct FindingCollection {
    private static let mostKept = 1000
    private static let mostKeptOfCode = 100

    private let files: RegularFiles
    /// The obstacles that a finding tells.
    private var toldObstacles: Set<String> = []
    private(set) var kept: [Finding] = []
    private(set) var counts: [Finding.Code: Int] = [:]
    /// The least size that a finding leaves sound; `nil` while there is none.
    private(set) var soundBelow: UInt64?

    /// No findings yet of what `files` reads.
    init(of files: RegularFiles) {
        self.files = files
    }

    /// Adds a finding; that a file is absent is told as what stands in its place, if something does.
    mutating func add(_ finding: Finding) {
        var finding = finding
        if finding.code == .missingFile || finding.code == .missingObject, let file = finding.file,
            let obstacle = files.obstacle(to: file)
        {
            finding = finding.explained(by: obstacle)
            toldObstacles.insert(obstacle.obstacle?.path ?? file)
        }
        let count = counts[finding.code, default: 0] + 1
        counts[finding.code] = count
        if count <= Self.mostKeptOfCode, kept.count < Self.mostKept { kept.append(finding) }
        if let bound = finding.soundBelow { soundBelow = min(bound, soundBelow ?? bound) }
    }

    mutating func add(_ findings: [Finding]) {
        for finding in findings { add(finding) }
    }

    /// Adds what was met in the place of files that nothing else misses.
    mutating func addUntoldObstacles() {
        for (path, obstacle) in files.obstacles.sorted(by: { $0.key < $1.key }) where !toldObstacles.contains(path) {
            let isObject = path == LogPath.objects || path.hasPrefix(LogPath.objects + "/")
            add(
                Finding(
                    .notAFile, isObject ? .replay : .structure, file: path,
                    expected: "regular files in directories", found: obstacle.obstacle?.kind, obstacle.description))
        }
    }

    /// Gives what is kept and names a record by its index alone the record's place, as `locate` knows it.
    mutating func place(_ locate: (UInt64) throws -> (file: String, offset: Int?)?) rethrows {
        for position in kept.indices where kept[position].file == nil {
            guard let index = kept[position].index, let place = try locate(index) else { continue }
            kept[position] = kept[position].placed(in: place.file, at: place.offset)
        }
    }

    /// What is kept in the order of the log, findings about no record first; those of one record from the lowest level up.
    var inOrder: [Finding] {
        kept.enumerated().sorted { left, right in
            let a = (left.element.index.map { Int64(clamping: $0) } ?? -1, left.element.level.rawValue, left.offset)
            let b = (right.element.index.map { Int64(clamping: $0) } ?? -1, right.element.level.rawValue, right.offset)
            return a < b
        }.map(\.element)
    }
}
