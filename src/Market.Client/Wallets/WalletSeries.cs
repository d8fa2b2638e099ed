using Market.Sharechain;

namespace Market.Client.Wallets;

/// <summary>What a wallet holds of one expiry series.</summary>
/// <param name="Series">The series.</param>
/// <param name="Instrument">The id of the instrument that its shares are sold in.</param>
/// <param name="Balance">What there is of it, in base units.</param>
/// <param name="Oldest">The life of the oldest of these coins: the first to expire.</param>
/// <param name="ExpiresWithin">Seconds until then, as the chain's pace, hashrate and difficulty are now: less where the hashrate
/// grows or Bitcoin's difficulty falls.</param>
public sealed record WalletSeries(
    Series Series, string Instrument, WalletBalance Balance, ShareLife Oldest, long ExpiresWithin);

/// <summary>Shares of several expiry series are there, and it is not said which are meant: they are different goods.</summary>
/// <param name="message">Which there are, and what to do, for a person.</param>
public sealed class SeveralSeriesException(string message) : Exception(message);
