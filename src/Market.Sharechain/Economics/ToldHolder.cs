namespace Market.Sharechain;

/// <summary>Somebody whom a pool's window would pay.</summary>
/// <param name="Payee">The Bitcoin address.</param>
/// <param name="Work">Hashes of the read part that count for it.</param>
/// <param name="Part">Its part of what was read, which is also the estimate of its part of the whole window.</param>
/// <param name="Error">Standard error of that estimate: 0 where the whole window was read.</param>
/// <param name="Least">Its part of the window where it has none of what was not read.</param>
/// <param name="Most">Its part where it has all of that.</param>
public readonly record struct ToldHolder(string Payee, double Work, double Part, double Error, double Least, double Most);
