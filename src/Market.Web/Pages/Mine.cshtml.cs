using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages;

/// <summary>What a miner sees: an address' workers and shares, and what to type into a machine.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class MineModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>Characters of an address at most (BIP173).</summary>
    public const int LongestAddress = 90;

    /// <summary>The address asked about. It is no secret, and stands in the page's own address.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Address { get; set; }

    /// <summary>Where miners connect, and how they are doing together.</summary>
    public MiningServer Server { get; private set; } = null!;

    /// <summary>The address, where one of the sharechain was asked about.</summary>
    public Miner? Miner { get; private set; }

    /// <summary>What is wrong with the address; null where nothing is.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Where the address belongs instead; null where nowhere.</summary>
    public Instrument? Elsewhere { get; private set; }

    /// <summary>What is typed into a miner.</summary>
    public MinerSetting? Setting { get; private set; }

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel)
    {
        Server = await Reader.MiningAsync(Instrument.Id, cancel);
        Address = Address?.Trim() is { Length: > 0 } asked ? asked : null;
        if (Address is not null) await ReadAsync(Address, cancel);
        Setting = MinerSetting.Of(Server.Stratum, HttpContext.Request.Host.Host, Miner?.Address);
    }

    private async Task ReadAsync(string address, CancellationToken cancel)
    {
        if (address.Length > LongestAddress)
        {
            Wrong = $"No address is longer than {LongestAddress} characters.";
            return;
        }
        Miner = await Reader.MinerAsync(Instrument.Id, address, cancel);
        if (Miner is not null) return;
        foreach (var other in Instruments.Where(one => one.Sharechain != Instrument.Sharechain))
        {
            if (await Reader.MinerAsync(other.Id, address, cancel) is null) continue;
            Elsewhere = other;
            Wrong = $"This is an address of {other.Sharechain}, and the page is about {Instrument.Sharechain}.";
            return;
        }
        Wrong = $"This is no address of {Instrument.Sharechain}. “market wallet receive shares” prints one of yours.";
    }
}
