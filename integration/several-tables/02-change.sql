USE shop;

-- One transaction over all tables, in both databases.
START TRANSACTION;
INSERT INTO customers VALUES (3, 'linus@example.org', NULL, '2024-03-02 09:00:00.125');
INSERT INTO orders VALUES (3, 3, 'new', 7.50);
INSERT INTO order_lines VALUES (3, 1, 'INK-0001', 1);
UPDATE shop_stock.items SET left_over = left_over - 1 WHERE sku = 'INK-0001';
COMMIT;

-- None of this may arrive.
START TRANSACTION;
UPDATE orders SET total = 0;
DELETE FROM order_lines;
ROLLBACK;

UPDATE orders SET state = 'sent' WHERE id IN (1, 2);
DELETE FROM order_lines WHERE order_id = 1 AND line = 2;
UPDATE customers SET name = 'Grace Hopper' WHERE id = 2;
DELETE FROM shop_stock.items WHERE sku = 'DESK-001';
