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
        case .channel: ["email", "fax", "inapp", "line", "mms", "post", "push", "rcs", "sms", "voice", "whatsapp"]
        case .categoryClass: ["authentication", "marketing", "service", "utility"]
        case .basis: ["consent", "contract", "legal-obligation", "legitimate-interest"]
        case .method:
            [
                "api", "call-agent", "checkout", "click-to-chat", "command-line", "email-link", "import", "in-app",
                "in-person", "ivr", "keyword", "offline", "one-click-unsubscribe", "other", "paper",
                "platform-preference",
                "point-of-sale", "provider-signal", "qr-code", "web-form", "whatsapp-thread",
            ]
        case .verification: ["code", "double-opt-in", "in-thread", "none", "signed"]
        case .control: ["button", "checkbox", "link", "message", "other", "signature", "spoken", "switch"]
        case .custody: ["external", "ledger"]
        case .environment: ["production", "test"]
        case .flag:
            [
                "category-unknown", "channel-unknown", "duplicate-id", "notice-text-unknown", "observed",
                "sender-unknown",
                "source-not-authorized", "time-clamped", "time-of-webhook", "time-unknown",
            ]
        case .outcome: ["dismissed", "opt-out"]
        }
    }

    /// Whether `word` is in the list.
    public func contains(_ word: String) -> Bool { words.contains(word) }
}
