/// What the words of a notice lack: what a sentence about it says, for whoever writes that in another language.
public enum NoticeLack: Hashable, Sendable {
    /// Any of these names.
    case names([String])
    /// The channel, by a name that people have for it.
    case channel(String)
    /// Nobody can tell: the rule has no words for the language (BCP 47, its first part).
    case wordsOfRule(language: String)
    /// Any of the words that the rule takes for its subject, of which these are the first.
    case words([String])
}
