namespace Market.Trading;

/// <summary>What makes a book: changing either makes another book of the same commands.</summary>
/// <param name="Rules">What orders may look like.</param>
/// <param name="Limits">How much the book holds.</param>
public sealed record BookDefinition(InstrumentRules Rules, BookLimits Limits);
