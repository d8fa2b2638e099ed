namespace Market.Sharechain;

/// <summary>Valid blocks off the chain that a block may name, so that their work counts and is paid.</summary>
/// <param name="Most">Named by one block at most.</param>
/// <param name="Depth">How far below the block that names it an uncle may stand.</param>
/// <param name="UnclePercent">Part of its issuance that goes to its own sharebase's script; the rest to the block that names it.
/// </param>
public sealed record UncleRule(int Most, int Depth, int UnclePercent);

/// <summary>Shares of less work than the chain asks for that a block may name, so that they are paid.</summary>
/// <param name="Most">Named by one block at most.</param>
/// <param name="Depth">Ancestors of the block that names it which a weak share may be built on.</param>
/// <param name="Ease">A weak share's target is at most so many times as easy as the chain's.</param>
/// <param name="MostWork">Stated work that one block names at most, in works of its own bits.</param>
/// <param name="NamerPercent">Part of what a weak share mints that goes to the block that names it.</param>
public sealed record WeakRule(int Most, int Depth, int Ease, int MostWork, int NamerPercent);
