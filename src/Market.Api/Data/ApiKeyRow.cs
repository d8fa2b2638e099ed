using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>An API key of an account. Its secret is nowhere: it follows from the server's own and the id.</summary>
public sealed class ApiKeyRow : IEntityTypeConfiguration<ApiKeyRow>
{
    /// <summary>What requests name it by: 32 lower case hex digits.</summary>
    public string Id { get; set; } = "";

    /// <summary>The account's key, x-only hex.</summary>
    public string Key { get; set; } = "";

    /// <summary>What the account calls it; null where it has no name.</summary>
    public string? Label { get; set; }

    /// <summary>What it may do: a bit for each ApiKeyScope, the first the lowest.</summary>
    public short Scopes { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When it was last used, to the minute; null where it never was.</summary>
    public DateTimeOffset? UsedAt { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<ApiKeyRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("api_keys").HasKey(k => k.Id);
        builder.Property(k => k.Id).HasColumnName("id").HasMaxLength(32);
        builder.Property(k => k.Key).HasColumnName("key").HasMaxLength(64);
        builder.Property(k => k.Label).HasColumnName("label").HasMaxLength(Contracts.CreateApiKey.LongestLabel);
        builder.Property(k => k.Scopes).HasColumnName("scopes");
        builder.Property(k => k.CreatedAt).HasColumnName("created_at");
        builder.Property(k => k.ExpiresAt).HasColumnName("expires_at");
        builder.Property(k => k.UsedAt).HasColumnName("used_at");
        builder.HasIndex(k => k.ExpiresAt).HasDatabaseName("api_keys_expires");
    }
}
