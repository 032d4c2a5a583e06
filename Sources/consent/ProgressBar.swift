internal import ConsentLedger

/// Shows on standard error how far long work is, how fast it goes and how long it will take; only on a terminal, and not
/// where standard output goes to the same one.
final class ProgressBar {
    private var total: UInt64
    private let unit: String
    private let clock = SystemClock()
    private let began: UInt64
    private var lastDrawn: UInt64
    private let isShown: Bool
    private var isDrawn = false

    private static let width = 30
    /// Milliseconds between two drawings.
    private static let interval: UInt64 = 100

    /// For `total` pieces of work, each a `unit`, in the plural.
    init(total: UInt64 = 0, unit: String) {
        self.total = total
        self.unit = unit
        began = clock.elapsedMilliseconds()
        lastDrawn = began
        isShown = Terminal.error.isTerminal && !Terminal.output.isTerminal
    }

    /// Says that `done` of `total` pieces are done.
    func update(_ done: UInt64, of total: UInt64) {
        self.total = total
        update(done)
    }

    /// Says that `done` pieces are done.
    func update(_ done: UInt64) {
        guard isShown else { return }
        let now = clock.elapsedMilliseconds()
        guard now >= lastDrawn + Self.interval else { return }
        lastDrawn = now
        isDrawn = true
        Terminal.error.write("\r\u{1b}[K" + Self.text(done: done, total: total, unit: unit, elapsed: now - began))
    }

    /// Removes the bar.
    func end() {
        if isDrawn { Terminal.error.write("\r\u{1b}[K") }
    }

    /// The bar after `elapsed` milliseconds.
    static func text(done: UInt64, total: UInt64, unit: String, elapsed: UInt64) -> String {
        let share = total == 0 ? 1 : min(1, Double(done) / Double(total))
        let filled = Int(share * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        let rate = elapsed == 0 ? 0 : Double(done) * 1000 / Double(elapsed)
        let left = rate == 0 ? "?" : seconds(Double(total - min(done, total)) / rate)
        return "[\(bar)] \(Int(share * 100)) %  \(Int(rate)) \(unit)/s  \(left) left"
    }

    private static func seconds(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 359_999))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }
}
