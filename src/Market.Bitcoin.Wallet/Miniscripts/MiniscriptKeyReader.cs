namespace Market.Bitcoin.Wallet;

/// <summary>Reads one key of a text; null where it is none.</summary>
/// <param name="text">What stands in the key's place.</param>
public delegate MiniscriptKey? MiniscriptKeyReader(string text);
