/// The closed word lists of the format. A word outside its list is refused, so that no verifier has to guess.
public enum Vocabulary: String, Sendable, CaseIterable {
    /// The ways a message reaches a person (DESIGN §2).
    case channel
    /// What kind of message a category is, as the platforms count them.
    case categoryClass = "class"
    /// Why a category may be sent: the legal bases this ledger records.
    case basis
    /// How an act was captured.
    case method
    /// How it was made sure that the person who acted is the one reached at the address.
    case verification
    /// What the person acted on.
    case control
    /// Who holds a source's private key.
    case custody
    /// Whether a ledger is for trying out.
    case environment
    /// What the recorder noticed or had to assume.
    case flag
    /// How a review ended.
    case outcome

    /// The words, in ascending order of their bytes.
    public var words: [String] {
        switch self {
        case .channel: Self.channelWords
        case .categoryClass: Self.categoryClassWords
        case .basis: Self.basisWords
        case .method: Self.methodWords
        case .verification: Self.verificationWords
        case .control: Self.controlWords
        case .custody: Self.custodyWords
        case .environment: Self.environmentWords
        case .flag: Self.flagWords
        case .outcome: Self.outcomeWords
        }
    }

    /// Whether `word` is in the list.
    public func contains(_ word: String) -> Bool { words.contains(word) }

    private static let channelWords = [
        "email", "fax", "inapp", "line", "mms", "post", "push", "rcs", "sms", "voice", "whatsapp",
    ]
    private static let categoryClassWords = ["authentication", "marketing", "service", "utility"]
    private static let basisWords = ["consent", "contract", "legal-obligation", "legitimate-interest"]
    private static let methodWords = [
        "api", "call-agent", "checkout", "click-to-chat", "command-line", "email-link", "import", "in-app",
        "in-person", "ivr", "keyword", "offline", "one-click-unsubscribe", "other", "paper",
        "platform-preference",
        "point-of-sale", "provider-signal", "qr-code", "web-form", "whatsapp-thread",
    ]
    private static let verificationWords = ["code", "double-opt-in", "in-thread", "none", "signed"]
    private static let controlWords = [
        "button", "checkbox", "link", "message", "other", "signature", "spoken", "switch",
    ]
    private static let custodyWords = ["external", "ledger"]
    private static let environmentWords = ["production", "test"]
    private static let flagWords = [
        "category-unknown", "channel-unknown", "duplicate-id", "notice-text-unknown", "observed",
        "sender-unknown",
        "source-not-authorized", "time-clamped", "time-of-webhook", "time-unknown",
    ]
    private static let outcomeWords = ["dismissed", "opt-out"]
}
