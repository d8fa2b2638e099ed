using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>A named value of the server, such as its secret.</summary>
public sealed class SettingRow : IEntityTypeConfiguration<SettingRow>
{
    /// <summary>The server's secret: 32 bytes.</summary>
    public const string Secret = "secret";

    /// <summary>Random id of this market, of which swap ids are made: 16 bytes.</summary>
    public const string Instance = "instance";

    /// <summary>The network that the tables belong to, UTF-8.</summary>
    public const string Network = "network";

    /// <summary>What comes before an instrument's id where its series takes no orders any more: since which height of the
    /// sharechain, 4 bytes, little endian.</summary>
    public const string ClosedSeries = "closed:";

    /// <summary>What comes before 24 hexadecimal digits that a chain's name and first block hash to: how high it was seen, 4 bytes,
    /// little endian.</summary>
    public const string HighestSeen = "highest:";

    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its value.</summary>
    public byte[] Value { get; set; } = [];

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<SettingRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("settings").HasKey(s => s.Name);
        builder.Property(s => s.Name).HasColumnName("name").HasMaxLength(32);
        builder.Property(s => s.Value).HasColumnName("value");
    }
}
