namespace Market.Web;

/// <summary>What amounts of bitcoin and prices are shown in.</summary>
public enum MoneyUnit
{
    /// <summary>Satoshis: whole numbers.</summary>
    Sat,

    /// <summary>Bitcoin: always eight decimals.</summary>
    Btc,
}
