using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class SeveralInstruments : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "orders_key",
                schema: "market",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "orders_live",
                schema: "market",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints");

            // What is there is numbered in the order in which it came.
            migrationBuilder.Sql("""
                alter table market.trades add column number bigint;
                update market.trades t set number = n.number
                from (select instrument, id, row_number() over (order by "time", instrument, id) as number from market.trades) n
                where t.instrument = n.instrument and t.id = n.id;
                alter table market.trades alter column number set not null;
                alter table market.trades alter column number add generated always as identity;
                select setval(pg_get_serial_sequence('market.trades', 'number'), count(*) + 1, false) from market.trades;
                """);

            migrationBuilder.AlterColumn<string>(
                name: "subject",
                schema: "market",
                table: "take_waits",
                type: "character varying(128)",
                maxLength: 128,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(80)",
                oldMaxLength: 80);

            // What is there is numbered in the order in which it came.
            migrationBuilder.Sql("""
                alter table market.orders add column number bigint;
                update market.orders t set number = n.number
                from (select instrument, id, row_number() over (order by created_at, instrument, id) as number from market.orders) n
                where t.instrument = n.instrument and t.id = n.id;
                alter table market.orders alter column number set not null;
                alter table market.orders alter column number add generated always as identity;
                select setval(pg_get_serial_sequence('market.orders', 'number'), count(*) + 1, false) from market.orders;
                """);

            migrationBuilder.AddColumn<string>(
                name: "chain_name",
                schema: "market",
                table: "order_outpoints",
                type: "character varying(32)",
                maxLength: 32,
                nullable: false,
                defaultValue: "");

            // Coins and waits were on the network's two chains, of which every network has had one each.
            migrationBuilder.Sql("""
                create temporary table chain_names on commit drop as
                select n.network, case when n.network in ('regtest', 'devnet') then 'p2share-devnet' else 'p2share' end as sharechain
                from (select convert_from(value, 'UTF8') as network from market.settings where name = 'network') n;
                update market.order_outpoints set chain_name = case when chain = 0 then c.network else c.sharechain end
                from chain_names c;
                update market.take_waits set subject =
                    case when subject like '0:%' then c.network else c.sharechain end || substr(subject, 2)
                from chain_names c where subject like '0:%' or subject like '1:%';
                """);

            migrationBuilder.AlterColumn<string>(
                name: "chain_name",
                schema: "market",
                table: "order_outpoints",
                type: "character varying(32)",
                maxLength: 32,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(32)",
                oldMaxLength: 32,
                oldDefaultValue: "");

            migrationBuilder.CreateIndex(
                name: "trades_maker",
                schema: "market",
                table: "trades",
                columns: new[] { "maker_key", "number" });

            migrationBuilder.CreateIndex(
                name: "trades_taker",
                schema: "market",
                table: "trades",
                columns: new[] { "taker_key", "number" });

            migrationBuilder.CreateIndex(
                name: "orders_key",
                schema: "market",
                table: "orders",
                columns: new[] { "key", "number" });

            migrationBuilder.CreateIndex(
                name: "orders_live",
                schema: "market",
                table: "orders",
                columns: new[] { "instrument", "id" },
                filter: "live");

            migrationBuilder.CreateIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints",
                columns: new[] { "chain_name", "txid", "index" },
                unique: true,
                filter: "locked");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "trades_maker",
                schema: "market",
                table: "trades");

            migrationBuilder.DropIndex(
                name: "trades_taker",
                schema: "market",
                table: "trades");

            migrationBuilder.DropIndex(
                name: "orders_key",
                schema: "market",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "orders_live",
                schema: "market",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints");

            migrationBuilder.DropColumn(
                name: "number",
                schema: "market",
                table: "trades");

            migrationBuilder.DropColumn(
                name: "number",
                schema: "market",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "chain_name",
                schema: "market",
                table: "order_outpoints");

            migrationBuilder.AlterColumn<string>(
                name: "subject",
                schema: "market",
                table: "take_waits",
                type: "character varying(80)",
                maxLength: 80,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(128)",
                oldMaxLength: 128);

            migrationBuilder.CreateIndex(
                name: "orders_key",
                schema: "market",
                table: "orders",
                columns: new[] { "key", "id" });

            migrationBuilder.CreateIndex(
                name: "orders_live",
                schema: "market",
                table: "orders",
                column: "id",
                filter: "live");

            migrationBuilder.CreateIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints",
                columns: new[] { "chain", "txid", "index" },
                unique: true,
                filter: "locked");
        }
    }
}
