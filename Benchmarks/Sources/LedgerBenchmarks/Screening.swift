import ConsentLedger
import ConsentModel
import ConsentRules
import Foundation

/// The list of a campaign of `count` numbers, of which the ledger knows every other one, in an order that is none.
private func writeCampaign(_ count: Int, to path: String) throws {
    // In pieces, so that the peak of memory is that of the screening.
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    let file = FileHandle(forWritingAtPath: path)!
    var next = 0
    while next < count {
        var text = ""
        for number in next..<min(count, next + 10_000) { text += "+34\(600_000_000 + number * 7919 % count)\n" }
        try file.write(contentsOf: Array(text.utf8))
        next += 10_000
    }
    try file.close()
}

/// Records an opt-in of every other number of the campaign, and of one in ten of these an opt-out.
private func recordCampaign(_ count: Int, in world: World) throws {
    for (status, step) in [("opt-in", 2), ("opt-out", 20)] {
        var options = ImportOptions(format: .csv, business: "acme-viajes")
        options.notice = "web"
        options.channels = ["whatsapp"]
        options.categories = ["marketing"]
        var next = 0
        _ = try Importer(world.writer, options: options).run(
            CSVImport(options: CSVImport.Options()),
            nextChunk: {
                if next >= count { return nil }
                var chunk: [UInt8] = next == 0 ? Array("phone,status,date\n".utf8) : []
                for number in stride(from: next, to: min(count, next + 1000 * step), by: step) {
                    chunk += "+34\(600_000_000 + number),\(status),\(SystemClock().now())\n".utf8
                }
                next += 1000 * step
                return chunk
            }, results: { _ in })
    }
}

/// Screens a campaign of `count` numbers, beside sorting the same file. With BENCHMARK_LEDGER, the ledger is made in that
/// directory, and used again by the next run.
func measureScreening(_ count: Int) throws {
    if let kept = ProcessInfo.processInfo.environment["BENCHMARK_LEDGER"] {
        try measureScreening(count, in: kept)
    } else {
        try withDirectory { try measureScreening(count, in: $0) }
    }
}

private func measureScreening(_ count: Int, in directory: String) throws {
    if !FileManager.default.fileExists(atPath: directory + "/log/checkpoint") {
        let world = try World(directory)
        try recordCampaign(count, in: world)
        try world.writer.close()
    }
    let list = directory + "/campaign.txt"
    try writeCampaign(count, to: list)
    let start = now()
    let sort = Process()
    sort.executableURL = URL(fileURLWithPath: "/usr/bin/sort")
    sort.arguments = ["--parallel=1", "-o", directory + "/sorted.txt", list]
    try sort.run()
    sort.waitUntilExit()
    let sorting = now() - start

    let began = now()
    let input = FileHandle(forReadingAtPath: list)!
    _ = FileManager.default.createFile(atPath: directory + "/screened.csv", contents: nil)
    let output = FileHandle(forWritingAtPath: directory + "/screened.csv")!
    var summary = ScreeningSummary()
    let location = try LedgerLocation(directory: directory)
    try Ledger(location).read { snapshot in
        var reader = ScreeningReader(options: ScreeningOptions()) {
            try input.read(upToCount: 1 << 18).flatMap { $0.isEmpty ? nil : Array($0) }
        }
        let layout = try reader.layout()
        let question = Question(
            business: "acme-viajes", channel: "whatsapp", category: "marketing", at: SystemClock().now())
        let screening = try Screening(question, layout: layout, options: ScreeningOptions(), in: snapshot)
        try output.write(contentsOf: layout.header)
        try snapshot.work(
            inquiries: count, next: { try reader.next() },
            output: { screened in
                try output.write(contentsOf: screened.bytes)
                summary.add(screened.summary)
            }, doing: { snapshot, batch in try screening.screen(batch, in: snapshot) })
    }
    let screening = now() - began
    // A ledger that was kept may know fewer of them.
    guard summary.rows == count, summary.count(.error) == 0, summary.count(.allow) > 0 else {
        fatalError("the screening answered \(summary)")
    }
    report("screening \(count) numbers", screening, "s", against: ("sort --parallel=1 of the same file", sorting))
    report("numbers", Double(count) / screening, "a second")
    report("peak memory", peakMemory(), "MiB")
}
